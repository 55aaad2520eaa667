import type { AdmissionDecision } from "./admission.ts";
import { unlimited } from "./ration.ts";

export interface PublishedShare {
  /** How many clients the stage has, as far as known. */
  readonly fleet: number;
  /** The share of them (0 to 1) that is published now. */
  readonly share: number;
}

/**
 * The ration for feeds that are served as static files: nobody is asked at a client's check, so the share that is published takes the place of
 * the tokens. It only rises, and stays when the release is not to continue, so that no client loses what it was offered.
 *
 * Every client under the share is at risk from the moment it is published, also before it checks. The counts that `decision`
 * rests on must say so: `installed` is the share of the fleet, rounded up; `inFlight` what of it is neither settled nor missing; and the report
 * deadline is longer by the time between two checks. The caller publishes the share rounded down to what its feed can express;
 * basis points of a large fleet are too coarse for a ration of two clients.
 */
export function nextShare({ fleet, share }: PublishedShare, decision: AdmissionDecision): number {
  if (decision.verdict !== "continue") return share;
  if (decision.room >= unlimited) return 1;
  if (!(fleet > 0)) return share;
  return Math.min(1, Math.max(share, (Math.ceil(share * fleet) + decision.room) / fleet));
}
