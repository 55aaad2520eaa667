import type { RationView } from "@sluice/core/views/status.ts";

/** How far a rollout has got that lets clients in one by one, or by a share as the evidence pays for it. */
export function rationText({ offered, inFlight, most, haltedGroups, ofClients }: RationView): string {
  const letIn =
    ofClients === undefined
      ? `${offered} ${offered === 1 ? "client" : "clients"} let in`
      : `offered to ${offered} of ${ofClients} ${ofClients === 1 ? "client" : "clients"}`;
  const atRisk = most === null ? `${inFlight} at risk` : `${inFlight} of up to ${most} at risk`;
  const halted = haltedGroups.length === 0 ? "" : `; halted for ${haltedGroups.join(", ")}`;
  return `${letIn}, ${atRisk}${halted}`;
}
