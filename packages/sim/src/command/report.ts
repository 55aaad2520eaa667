import { type Failure, failureText } from "./failure.ts";
import type { Listener, Ran } from "./run-histories.ts";

interface ReportOptions {
  /** How many histories are to be run. */
  readonly seeds: number;
  readonly json: boolean;
  readonly hashes: boolean;
}

/** Tells people, or with `json` programs, what the histories came to. */
export class Report implements Listener {
  readonly #options: ReportOptions;
  readonly #failures: Failure[] = [];
  readonly #hashes: { readonly seed: number; readonly digest: string }[] = [];
  readonly #began = performance.now();
  #ran = 0;
  #days = 0;
  #faults = 0;

  constructor(options: ReportOptions) {
    this.#options = options;
  }

  failed(failure: Failure): void {
    this.#failures.push(failure);
    this.#clear();
    if (!this.#options.json) console.error(failureText(failure));
  }

  ran({ seed, days, faults, digest }: Ran): void {
    const { json, hashes, seeds } = this.#options;
    this.#ran++;
    this.#days += days;
    this.#faults += faults;
    if (hashes) {
      this.#hashes.push({ seed, digest });
      if (!json) console.log(`${seed} ${digest}`);
    }
    if (process.stderr.isTTY)
      process.stderr.write(`\r\x1b[K${this.#ran} of ${seeds} histories, ${this.#perMinute()} a minute`);
  }

  /** Sums up. @returns the exit code */
  end(): number {
    this.#clear();
    const [histories, days, faults] = [this.#ran, Math.round(this.#days), this.#faults];
    const violations = this.#failures.length;
    if (this.#options.json) {
      const sums = { histories, days, faults, violations, perMinute: this.#perMinute() };
      const hashes = this.#options.hashes ? { hashes: this.#hashes } : {};
      console.log(JSON.stringify({ ...sums, failures: this.#failures, ...hashes }));
    } else {
      const seconds = (performance.now() - this.#began) / 1_000;
      console.log(`in ${seconds.toFixed(0)} s: ${this.#perMinute()} histories a minute`);
      console.log(`${histories} histories, ${days} simulated days, ${faults} faults, ${violations} violations`);
    }
    return violations === 0 ? 0 : 1;
  }

  #perMinute(): number {
    return Math.round((60_000 * this.#ran) / Math.max(1, performance.now() - this.#began));
  }

  #clear(): void {
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  }
}
