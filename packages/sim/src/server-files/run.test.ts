import { expect, test } from "vitest";
import { Random } from "../fleet/random.ts";
import { runServerFiles } from "./run.ts";

test("what a server acknowledged it finds again, whichever change of its disk it dies at", async () => {
  let faults = 0;
  for (let seed = 1; seed <= 100; seed++) {
    const outcome = await runServerFiles({ random: new Random(seed, 7), dies: true, fills: true, tell: () => {} });
    expect(outcome.violation, `seed ${seed}`).toBeUndefined();
    faults += outcome.faults;
  }
  expect(faults).toBeGreaterThan(500);
}, 60_000);
