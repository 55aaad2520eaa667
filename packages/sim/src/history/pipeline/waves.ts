import type { Random } from "../../fleet/random.ts";
import { approvers } from "../people.ts";

/** The parts of a stage that get a release one after the other, as the pipeline file has them: by region, the last takes whoever is left. */
export function drawWaves(random: Random): string {
  const first = random.chance(0.7) ? "eu" : "us";
  const waves = [`{ name: pilot, match: { region: ${first} }, ${drawBarrier(random)} }`];
  if (random.chance(0.3)) waves.push(`{ name: others, match: { region: [us, ap] }, ${drawBarrier(random)} }`);
  return `[${[...waves, "{ name: rest }"].join(", ")}]`;
}

function drawBarrier(random: Random): string {
  const rules = [`hold: ${random.below(24)}h`];
  if (random.chance(0.4)) rules.push(`min-clients: ${1 + random.below(3)}`);
  if (random.chance(0.4))
    rules.push(`approval: { from: [${approvers.join(", ")}], count: ${1 + random.below(2)}, expires: 48h }`);
  return `barrier: { ${rules.join(", ")} }`;
}
