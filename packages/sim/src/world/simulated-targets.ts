import { canPlan } from "@sluice/core/targets/to-plan.ts";
import type { Clock } from "@sluice/server/clock/clock.ts";
import { TargetFailure } from "@sluice/server/targets/failure.ts";
import type { OpenTarget } from "@sluice/server/targets/open.ts";
import { newestOf, type Order, type Target } from "@sluice/server/targets/target.ts";
import type { Faults } from "./faults.ts";

/** What is live outside of the server, which outlives it: by stage and target, the version there. */
export class SimulatedTargets {
  readonly #clock: Clock;
  readonly #faults: () => Faults;
  readonly live = new Map<string, string | null>();

  constructor(clock: Clock, faults: () => Faults) {
    this.#clock = clock;
    this.#faults = faults;
  }

  /** The targets as a server reaches them; what it is killed in the midst of goes no further. */
  openFor =
    (isAlive: () => boolean): OpenTarget =>
    (spec) => {
      const target = this.#target(isAlive);
      if (!canPlan(spec)) return target;
      return {
        ...target,
        can: new Set([...target.can, "plan"]),
        plan: async () => ({ changes: true, text: "something" }),
      };
    };

  #target(isAlive: () => boolean): Target {
    const apply = async (order: Order, signal: AbortSignal) => {
      const faults = this.#faults();
      const fault = faults.target;
      if (fault !== "none") faults.strike(`${placeOf(order)} is asked, which is at fault: ${fault}`);
      if (fault === "refuses") throw new TargetFailure("it does not answer", { retryable: true });
      if (fault === "broken") throw new TargetFailure("it cannot do that", { retryable: false });
      const halfMs = Math.ceil(faults.weather.effectMs / 2);
      await this.#pass(halfMs, signal);
      if (!isAlive()) return new Promise<never>(() => {});
      this.live.set(placeOf(order), newestOf(order)?.version ?? null);
      await this.#pass(halfMs, fault === "goes-on" ? new AbortController().signal : signal);
      if (fault === "loses-answers") throw new TargetFailure("the connection was cut", { retryable: true });
      return {};
    };
    return { can: new Set(["deploy", "rollback"]), deploy: apply, rollback: apply };
  }

  /** Lets time pass, unless it is stopped before. */
  #pass(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stopped = () => reject(new TargetFailure("it was stopped", { retryable: true }));
      if (signal.aborted) {
        stopped();
        return;
      }
      const cancel = this.#clock.wakeAt(this.#clock.now() + ms, () => {
        signal.removeEventListener("abort", stop);
        resolve();
      });
      const stop = () => {
        cancel();
        stopped();
      };
      signal.addEventListener("abort", stop, { once: true });
    });
  }
}

/** `stage/target` */
function placeOf({ id, app }: Order): string {
  return id.slice(app.length + 1, id.lastIndexOf("@"));
}
