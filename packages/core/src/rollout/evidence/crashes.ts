import type { AgeCounts } from "./counts.ts";
import type { EvidencePlan } from "./plan.ts";
import type { StopVerdict } from "./stop.ts";
import { eValue } from "./stop.ts";

/**
 * Whether more clients crash after a healthy start than the limit allows. A crash that comes after six hours would be lost
 * among the many clients that are younger, so the same test looks at the clients past each age alone. The mean of
 * e-processes is one again (Vovk and Wang, Annals of Statistics 49(3), 2021): the ages cost no correction.
 */
export function judgeCrashes(ages: readonly AgeCounts[], plan: EvidencePlan): StopVerdict {
  const threshold = 1 / plan.alpha.crash;
  if (ages.length === 0) return { stop: false, eValue: 1, threshold };
  let sum = 0;
  for (const { clients, crashes } of ages) {
    sum += Math.min(threshold * ages.length, eValue(clients, crashes, plan.limits.crash));
  }
  const evidence = sum / ages.length;
  return { stop: evidence >= threshold, eValue: evidence, threshold };
}
