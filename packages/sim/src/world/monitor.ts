import { type Finding, measurementError } from "@sluice/core/analysis/finding.ts";
import type { Measure } from "@sluice/server/analysis/providers.ts";
import type { VirtualClock } from "../clock/virtual-clock.ts";
import type { Faults } from "./faults.ts";

/** How much later than asked a late answer comes, in ms. */
const lateMs = 2 * 3_600_000;

/** What releases are measured by: it knows the truth, and has every fault that a monitor can have. */
export class Monitor {
  /** Whether a version does harm. Set by whoever makes the versions. */
  isBad: (version: string) => boolean = () => false;
  readonly #clock: VirtualClock;
  readonly #faults: Faults;
  #last: Finding | undefined;

  constructor(clock: VirtualClock, faults: Faults) {
    this.#clock = clock;
    this.#faults = faults;
  }

  readonly measure: Measure = async (_, { version }, signal) => {
    const { monitor } = this.#faults;
    if (monitor !== "none") this.#faults.strike(`the monitor is asked, which is at fault: ${monitor}`);
    if (monitor === "stopped") return measurementError("monitor: it does not answer");
    if (monitor === "empty") return { verdict: "inconclusive", reason: "no data", evidence: {} };
    if (monitor === "still" && this.#last !== undefined) return this.#last;
    const value = this.isBad(version) ? 0.5 : 0;
    const verdict = value > 0.05 ? "fail" : "pass";
    const finding: Finding = { verdict, reason: `${value} of 0.05`, evidence: { value, max: 0.05 } };
    if (monitor === "late") await this.#later(signal);
    this.#last = finding;
    return finding;
  };

  #later(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.wakeAt(this.#clock.now() + lateMs, resolve);
      signal.addEventListener("abort", () => {
        cancel();
        resolve();
      });
    });
  }
}
