import { expect, test } from "vitest";
import { Random } from "../fleet/random.ts";
import { runServerFiles } from "./run.ts";

test("what a server acknowledged it finds again, whichever change of its disk it dies at", async () => {
  let faults = 0;
  for (let seed = 1; seed <= 100; seed++) {
    const strike = () => {
      faults++;
    };
    const options = { random: new Random(seed, 7), dies: true, fills: true, tell: () => {}, strike };
    expect(await runServerFiles(options), `seed ${seed}`).toBeUndefined();
  }
  expect(faults).toBeGreaterThan(500);
}, 60_000);
