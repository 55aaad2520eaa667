import type { SealedEvent } from "@sluice/core/log/event.ts";
import { concernsIncidents, type Incident, incidentsOf } from "@sluice/core/views/incident/incident.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { accepted } from "./problem.ts";

const pageSize = 1_000;

/** Every incident of an application, oldest first, from its log and what clients reported. */
export async function readIncidents(plane: ControlPlane, app: string): Promise<Incident[]> {
  const state = accepted(plane.find(app));
  const events: SealedEvent[] = [];
  // No further than the state: it says which promotions ended.
  for (let after = 0; after < state.seq; ) {
    const page = await plane.events.read(app, after, Math.min(pageSize, state.seq - after));
    const last = page.at(-1);
    if (last === undefined) break;
    for (const event of page) if (concernsIncidents(state, event)) events.push(event);
    after = last.seq;
  }
  return incidentsOf(state, events, await plane.reports.counts(app));
}
