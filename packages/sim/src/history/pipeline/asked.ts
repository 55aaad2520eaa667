import type { Random } from "../../fleet/random.ts";
import { drawDays } from "./gates.ts";

/** How likely each thing is that a stage asks of the world outside. Some pipelines have it often, others never. */
interface AskedRates {
  readonly promoteOn: number;
  readonly git: number;
  readonly probed: number;
  readonly recurring: number;
}

export function drawAskedRates(random: Random): AskedRates {
  const sometimes = () => (random.chance(0.5) ? 0 : random.fraction() * 0.6);
  return { promoteOn: sometimes(), git: sometimes(), probed: sometimes(), recurring: sometimes() };
}

/** Where the simulated source is. */
const repository = "https://git.example/simulated.git";

export interface Asked {
  /** What stands after `promote-on:`; absent: nobody has to ask. */
  readonly promoteOn?: string;
  readonly gates: readonly string[];
}

/**
 * What a stage asks of source forges, repositories and calendars: its `promote-on`, and the items of its gates.
 * @param short how likely an answer counts for so short a time that the next one may come too late
 */
export function drawAsked(random: Random, rates: AskedRates, short = 0): Asked {
  const gates: string[] = [];
  const drawAge = () => (random.chance(short) ? `${15 + random.below(20)}m` : `${6 + random.below(40)}h`);
  if (random.chance(rates.git)) gates.push(`git: { ${drawGit(random)}, max-age: ${drawAge()} }`);
  if (random.chance(rates.probed)) {
    const age = drawAge();
    const person = random.chance(0.3) ? "{ id: look, title: Somebody looked }, " : "";
    gates.push(`checklist: [${person}{ id: health, title: It is well, http: { url: "http://app" }, max-age: ${age} }]`);
  }
  if (random.chance(rates.recurring)) gates.push(`window: ${drawRecurring(random)}`);
  return random.chance(rates.promoteOn) ? { promoteOn: drawPromoteOn(random), gates } : { gates };
}

function drawPromoteOn(random: Random): string {
  const kind = random.fraction();
  if (kind < 0.45) return '{ tag: "v*" }';
  if (kind < 0.55) return "{ tag: production }";
  return `{ merge: ${drawBranch(random)} }`;
}

function drawGit(random: Random): string {
  const hasTag = random.chance(0.7);
  const tag = hasTag ? `tag: "v{version}", signed: ${random.chance(0.5)}` : "tag: false";
  const branch = hasTag && random.chance(0.3) ? "false" : drawBranch(random);
  return `repository: "${repository}", ${tag}, branch: ${branch}`;
}

function drawBranch(random: Random): string {
  return random.chance(0.7) ? "main" : "release";
}

/** Every few days or weeks for some hours, in UTC; with a time in which it is shut all the same. */
function drawRecurring(random: Random): string {
  const starts = `2024-03-0${1 + random.below(7)}T0${random.below(10)}:00`;
  const [rule, most] = random.chance(0.6)
    ? [`FREQ=DAILY;INTERVAL=${1 + random.below(3)}`, 20]
    : [`FREQ=WEEKLY;INTERVAL=1`, 90];
  const lasts = `lasts: ${4 + random.below(most)}h`;
  if (random.chance(0.4)) return `{ rrule: "${rule}", starts: "${starts}", ${lasts}, zone: UTC }`;
  const deny = `{ days: [${drawDays(random)}], from: "0${random.below(10)}:00", to: "${12 + random.below(12)}:00" }`;
  const allow = random.chance(0.5) ? `allow: [{ rrule: "${rule}", starts: "${starts}", ${lasts} }], ` : "";
  return `{ zone: UTC, ${allow}deny: [${deny}] }`;
}
