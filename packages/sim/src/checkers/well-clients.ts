import type { WellClients } from "../chronicle/gates.ts";
import type { SimulatedFleet } from "../world/fleet.ts";

/** How many clients of a fleet ever said that they are well: no server can know of more. */
export function wellClients(fleet: SimulatedFleet): WellClients {
  return (stage, version) =>
    new Set(
      fleet.sent
        .filter((report) => report.channel === stage && report.version === version && report.status === "completed")
        .map(({ client }) => client),
    ).size;
}
