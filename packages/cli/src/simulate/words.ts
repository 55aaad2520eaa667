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
export function outcomeInWords({ hoursToAll, rolledBackPercent, heldPercent }: PlanOutcome): string {
  const parts: string[] = [];
  if (hoursToAll !== null) parts.push(`all after ${hoursToAll.median.toFixed(1)} h`);
  if (rolledBackPercent > 0)
    parts.push(rolledBackPercent === 100 ? "rolled back" : `rolled back in ${round(rolledBackPercent)}%`);
  if (heldPercent > 0) parts.push(heldPercent === 100 ? "held" : `held in ${round(heldPercent)}%`);
  return parts.join(", ");
}

function round(percent: number): number {
  return Number(percent.toFixed(1));
}
