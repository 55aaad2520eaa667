import type { Random } from "../../fleet/random.ts";

/**
 * What comes along with what a history is about: people who do one thing often, whether releases have to wait for something that takes its time,
 * and whether others are asked for it.
 */
type Trait = "votes" | "checks" | "doubts" | "pauses" | "waits" | "asks";

/** Everything that a history can be about. */
const traits = {
  approvals: ["votes"],
  checks: ["checks"],
  "promote-on": [],
  git: ["waits", "asks"],
  probes: ["waits", "asks"],
  windows: [],
  soaks: [],
  policies: ["votes", "checks", "doubts"],
  "ways-back": ["votes", "doubts"],
  "rollback-requests": [],
  analysis: ["pauses"],
  waves: ["votes", "pauses"],
  evidence: ["pauses", "waits"],
  targets: ["votes", "pauses"],
  servers: ["pauses"],
  tokens: [],
} as const satisfies Readonly<Record<string, readonly Trait[]>>;

/** What a history is about. */
export type Focus = keyof typeof traits;

export const focuses = Object.keys(traits) as readonly Focus[];

/** What has so many sides that twice as many histories are about it. */
const manySided: readonly Focus[] = ["analysis", "evidence", "promote-on", "tokens", "ways-back", "windows"];

/** Whether something comes along with what a history is about; with one that is about everything nothing does. */
export function comesWith(focus: Focus | undefined, trait: Trait): boolean {
  const all: readonly Trait[] = focus === undefined ? [] : traits[focus];
  return all.includes(trait);
}

/**
 * Some histories are about one thing, which then comes often and with little beside it, so that a mistake in it is not hidden behind
 * something else that keeps releases back; the others are about everything. @returns undefined for those
 */
export function drawFocus(random: Random): Focus | undefined {
  const all = [...focuses, ...manySided];
  return random.chance(0.7) ? all[random.below(all.length)] : undefined;
}
