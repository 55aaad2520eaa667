import { parseArgs } from "node:util";
import { front } from "./rollout/front.ts";
import { asks, oneScenario, scenarioOptions } from "./rollout/one-scenario.ts";
import { wholeNumber } from "./rollout/values.ts";
import { wholeTable } from "./rollout/whole-table.ts";

/**
 * How many clients a bad release harms, how long a good one takes, how often a good one is rolled back by mistake: the policies of the
 * seeds beside the evidence, on simulated fleets, decided by the production code.
 */
export const bench = {
  name: "rollout",
  about:
    "clients harmed, hours to 99 %, false rollbacks: evidence beside staged, canary, linear and rings " +
    "(fewer runs than --full, which takes about an hour; --sizes 1000 for one fleet, --front for what can be traded; or --fleet, --failure, … for one scenario of your own)",
  /** @throws Error when an option is wrong, saying which and how to mend it. */
  async run(args: string[]): Promise<{ rows: Record<string, unknown>[]; figures: Record<string, number> }> {
    const { values } = parseArgs({
      args,
      options: {
        ...scenarioOptions,
        runs: { type: "string" },
        seed: { type: "string" },
        full: { type: "boolean" },
        sizes: { type: "string" },
        front: { type: "boolean" },
      },
    });
    const runs = values.runs === undefined ? null : wholeNumber("--runs", values.runs, 100_000);
    const seed = values.seed === undefined ? 1 : wholeNumber("--seed", values.seed, 2 ** 31 - 1);
    const sizes = values.sizes?.split(",").map((size) => wholeNumber("--sizes", size, 10_000_000)) ?? null;
    if (values.front) return front({ runs: runs ?? 60, seed });
    return asks(values)
      ? oneScenario(values, runs ?? 200, seed)
      : wholeTable({ runs, seed, sizes, full: values.full ?? false });
  },
};
