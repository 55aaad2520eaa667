import { expect, test } from "vitest";
import { Random } from "../fleet/random.ts";
import { runClientLife } from "./run.ts";

test("a machine is whole at every instant of its life, and comes to the newest release", async () => {
  let faults = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const random = new Random(seed, 50);
    const strike = () => {
      faults++;
    };
    const options = { random, dies: true, fills: true, cuts: true, tell: () => {}, strike };
    expect(await runClientLife(options), `seed ${seed}`).toBeUndefined();
  }
  expect(faults).toBeGreaterThan(200);
}, 120_000);
