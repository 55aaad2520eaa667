import type { RationView } from "@sluice/core/views/status.ts";

/** How far a rollout has got that lets clients in one by one. */
export function rationText({ offered, inFlight, most, haltedGroups }: RationView): string {
  const letIn = `${offered} ${offered === 1 ? "client" : "clients"} let in`;
  const atRisk = most === null ? `${inFlight} at risk` : `${inFlight} of up to ${most} at risk`;
  const halted = haltedGroups.length === 0 ? "" : `; halted for ${haltedGroups.join(", ")}`;
  return `${letIn}, ${atRisk}${halted}`;
}
