import type { Random } from "./random.ts";
import type { Fleet, Scenario } from "./scenario.ts";

/** What will become of a client, as bits. */
export const fate = { fails: 1, silent: 2, crashes: 4 } as const;

/** Draws what a release does to one client. `group` is the number of its attribute value; 0 is the affected one. */
export function drawFate(random: Random, { silent, baseline }: Fleet, scenario: Scenario, group: number): number {
  const affected = scenario.attributeShare >= 1 || group === 0;
  const latent = scenario.onsetMs > 0;
  let bits = random.chance(affected && !latent ? scenario.failure : baseline) ? fate.fails : 0;
  if (random.chance(silent) || (scenario.dark && bits !== 0)) bits |= fate.silent;
  if (bits === 0 || bits === fate.silent) {
    if (latent && affected && random.chance(scenario.failure)) bits |= fate.crashes;
  }
  return bits;
}
