import type { Random } from "../../fleet/random.ts";

/** The rules of a rollout that pays with evidence, as the pipeline file has them. */
export function drawEvidence(random: Random): string {
  const isLenient = random.chance(0.6);
  const hours = !isLenient && random.chance(0.3) ? 1 + random.below(12) : 12 + random.below(160);
  const rules = [
    `soak: ${random.chance(0.5) ? 0 : 1 + random.below(12)}h`,
    `report-deadline: ${10 + random.below(50)}m`,
    `decide-within: ${hours}h`,
    // What the whole may is too much for one group alone, which is then halted by itself.
    `max-failure-rate: ${isLenient ? 20 + random.below(30) : 1 + random.below(10)}%`,
  ];
  if (isLenient) rules.push(`max-group-failure-rate: ${1 + random.below(4)}%`, `risk-budget: ${10 + random.below(30)}`);
  if (isLenient || random.chance(0.7)) rules.push("groups: [region]");
  if (random.chance(0.3)) rules.push(`max-missing-rate: ${1 + random.below(10)}%`);
  if (random.chance(0.3)) rules.push(`max-crash-rate: ${1 + random.below(10)}%`);
  if (!isLenient && random.chance(0.3)) rules.push(`risk-budget: ${2 + random.below(10)}`);
  if (random.chance(0.3)) {
    rules.push("admission: share");
    if (random.chance(0.6)) rules.push(`fleet: ${1 + random.below(25)}`);
  }
  return `{ ${rules.join(", ")} }`;
}
