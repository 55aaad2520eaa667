import { expect, test } from "vitest";
import { runHistory } from "./run.ts";

/** Seeds that showed something, and what it was: in the product, in a checker or in what is simulated. */
test.each([
  [7, "a freeze that ends by itself was taken for one that lasts"],
  [20, "an approval was expected that the gate asks of major releases alone"],
  [5001, "an agent waited for ever for a server that had been killed in the midst of its answer"],
  [91007, "approvals of a release that is complete were expected to end with the pipeline"],
  [
    795249411,
    "who is at risk was counted after the fact, and a client that had answered twice counted as one that had not",
  ],
])(
  "seed %i: %s",
  async (seed) => {
    expect((await runHistory(seed)).violation).toBeUndefined();
  },
  120_000,
);
