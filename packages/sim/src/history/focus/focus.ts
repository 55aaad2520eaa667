import type { Random } from "../../fleet/random.ts";

/** Everything that a history can be about. */
export const focuses = [
  "approvals",
  "checks",
  "promote-on",
  "git",
  "probes",
  "windows",
  "policies",
  "ways-back",
  "analysis",
  "waves",
  "evidence",
  "targets",
  "servers",
  "tokens",
] as const;

/** What a history is about. */
export type Focus = (typeof focuses)[number];

/**
 * Some histories are about one thing, which then comes often and with little beside it, so that a mistake in it is not hidden behind
 * something else that keeps releases back; the others are about everything. @returns undefined for those
 */
export function drawFocus(random: Random): Focus | undefined {
  return random.chance(0.6) ? focuses[random.below(focuses.length)] : undefined;
}
