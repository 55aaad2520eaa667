import type { AppState, StageState } from "../application/state.ts";
import { nextWayBack, wayBackOf } from "../application/way-back.ts";
import { rfc3339 } from "../time/instant.ts";

/** How far a staged way back has come. */
export interface WayBackView {
  /** So many of the clients that have what was rolled back are sent back by now. */
  readonly basisPoints: number;
  /** RFC 3339: when it will be more; absent: the share is not served yet. */
  readonly next?: string;
}

/** How far the way back from a version has come in a stage; nothing where everybody is sent back, or nobody. */
export function wayBackShown(state: AppState, stage: StageState, version: string): { readonly wayBack?: WayBackView } {
  const way = wayBackOf(state, stage);
  if (way?.versions.includes(version) !== true) return {};
  const next = nextWayBack(state, stage);
  return {
    wayBack: { basisPoints: way.basisPoints, ...(next === undefined ? {} : { next: rfc3339(next.at) }) },
  };
}
