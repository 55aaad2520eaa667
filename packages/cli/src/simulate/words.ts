import type { PlanOutcome } from "./simulation.ts";

const scenarioWords: Readonly<Record<string, string>> = {
  "false0.5": "good, 0.5% fail",
  "false0.9": "good, 0.9% fail",
  bad2: "2% fail",
  bad5: "5% fail",
  bad20: "20% fail",
  bad100: "all fail",
  latent6h: "5% crash after 6 h",
  subgroup3: "all of one group",
  dark20: "20% go dark",
};

/** A scenario's name for people. */
export function scenarioInWords(name: string): string {
  return scenarioWords[name] ?? name;
}

/** A count with commas, the same on every machine. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** How long until everybody had it, or what became of it. */
export function outcomeInWords(outcome: PlanOutcome): string {
  const { hoursToAll, rolledBackPercent, haltedPercent, heldPercent } = outcome;
  const parts: string[] = [];
  if (hoursToAll !== null) parts.push(`all after ${hoursToAll.median.toFixed(1)} h`);
  for (const [what, percent] of [
    ["rolled back", rolledBackPercent],
    ["halted for the group", haltedPercent],
    ["held", heldPercent],
  ] as const)
    if (percent > 0) parts.push(percent === 100 ? what : `${what} in ${round(percent)}%`);
  return parts.join(", ");
}

function round(percent: number): number {
  return Number(percent.toFixed(1));
}
