import type { AppState } from "./state.ts";

const checkEveryMs = ({ pipeline }: AppState) => pipeline?.pipeline.clients["check-every"] ?? 21_600_000;

/** How long it takes until every client has asked, with one that missed a time: two of the times between checks, in ms. */
export function everybodyAskedMs(state: AppState): number {
  return 2 * checkEveryMs(state);
}

/** How long it takes until every client that is there has asked once, in ms: clients spread their checks by a tenth. */
export function everybodyAskedOnceMs(state: AppState): number {
  return Math.ceil(1.1 * checkEveryMs(state));
}
