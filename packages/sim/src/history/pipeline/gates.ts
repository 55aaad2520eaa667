import type { Random } from "../../fleet/random.ts";
import { approvers } from "../people.ts";

/** The gates of the stage at a place, as the items of the pipeline file. @param names of all stages, in order */
export function drawGates(random: Random, names: readonly string[], place: number): string[] {
  const isLater = place > 0;
  const gates: string[] = [];
  if (random.chance(isLater ? 0.8 : 0.25)) gates.push(`soak: ${1 + random.below(isLater ? 72 : 24)}h`);
  if (isLater && random.chance(0.15))
    gates.push(`soak: { healthy: ${1 + random.below(24)}h, min-clients: ${1 + random.below(5)} }`);
  if (isLater && random.chance(0.15)) gates.push(`min-clients: ${1 + random.below(5)}`);
  if (place > 1 && random.chance(0.15))
    gates.push(`tested-in: { stages: [${names[random.below(place)]}], for: ${random.below(30)}h }`);
  if (random.chance(0.5)) gates.push(`no-issues: { at-least: ${["info", "warning", "critical"][random.below(3)]} }`);
  if (random.chance(isLater ? 0.4 : 0.25)) gates.push(`approval: { ${drawApproval(random)} }`);
  if (isLater && random.chance(0.15))
    gates.push(`check: { name: scan${random.chance(0.5) ? `, max-age: ${6 + random.below(66)}h` : ""} }`);
  if (isLater && random.chance(0.25))
    gates.push("checklist: [{ id: smoke, title: It starts }, { id: api, title: It answers }]");
  if (isLater && random.chance(0.15)) gates.push(drawWindow(random));
  return gates;
}

/** A window on some days of the week, in UTC, as an item of the gates. */
export function drawWindow(random: Random): string {
  return `window: { days: [${drawDays(random)}], from: "06:00", to: "${12 + random.below(11)}:30", zone: UTC }`;
}

/** What an approval asks for, as the fields of the gate. */
export function drawApproval(random: Random): string {
  const asked = [`from: [${approvers.join(", ")}]`, `count: ${1 + random.below(2)}`];
  if (random.chance(0.7)) asked.push("groups: [leads]");
  if (random.chance(0.2)) asked.push("for: major");
  if (random.chance(0.5)) asked.push(`expires: ${1 + random.below(random.chance(0.7) ? 12 : 60)}h`);
  return asked.join(", ");
}

/** Some days of the week, as a window names them. */
export function drawDays(random: Random): string {
  const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].filter(() => random.chance(0.6));
  return days.length === 0 ? "mon" : days.join(", ");
}
