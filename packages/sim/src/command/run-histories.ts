import { runHistory } from "../history/run.ts";
import type { Failed } from "../history/shrink.ts";
import { type Failure, failureOf } from "./failure.ts";
import type { SimOptions } from "./options.ts";

/** What one history came to, for whoever counts. */
export interface Ran {
  readonly seed: number;
  readonly days: number;
  readonly faults: number;
  readonly digest: string;
}

/** Hears of every history as soon as it has ended; of one that was violated, first why. */
export interface Listener {
  failed(failure: Failure): void;
  ran(ran: Ran): void;
}

type Histories = Pick<SimOptions, "seeds" | "from" | "limits" | "trace" | "first">;

/** Runs the histories of seeds one after the other. Of what guards the same, the first failure alone is made smaller. */
export async function runHistories(
  { seeds, from, limits, trace, first }: Histories,
  listener: Listener,
): Promise<void> {
  const known = new Set<string>();
  for (let seed = from; seed < from + seeds; seed++) {
    const history = await runHistory(seed, trace ? { limits, trace: (line) => console.log(line) } : { limits });
    const { violation, days, faults, digest } = history;
    if (violation !== undefined) {
      const small = !trace && !first && !known.has(violation.guards);
      known.add(violation.guards);
      const failed: Failed = { ...history, violation };
      listener.failed(await failureOf(failed, { limits, small }));
    }
    listener.ran({ seed, days, faults, digest });
    if (first && violation !== undefined) return;
  }
}
