import { nearestNames } from "@sluice/core/errors/nearest.ts";
import { reject } from "@sluice/core/errors/rejection.ts";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import { nameSchema } from "@sluice/core/release/manifest.ts";
import { concernsIncidents, type Incident, incidentsOf } from "@sluice/core/views/incident/incident.ts";
import { z } from "zod";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import type { HttpContext } from "../context.ts";
import { accepted } from "../problem.ts";
import { incidentSchema } from "../schemas/incident.ts";
import { appParams, idSchema } from "../schemas/names.ts";
import { refusals } from "../schemas/refusals.ts";
import type { App } from "./route.ts";

const pageSize = 1_000;

/** Rollbacks, each with its cause, its timeline and what is left to do. */
export function incidentRoutes(app: App, { plane }: HttpContext): void {
  app.get(
    "/api/v1/apps/:app/incidents",
    {
      config: { access: "read" },
      schema: {
        summary: "Incidents: every rollback, newest first",
        params: appParams,
        response: { 200: z.object({ incidents: z.array(incidentSchema) }), ...refusals },
      },
    },
    async (request) => ({ incidents: (await incidents(plane, request.params.app)).reverse() }),
  );

  app.get(
    "/api/v1/apps/:app/incidents/:id",
    {
      config: { access: "read" },
      schema: {
        summary: "One incident",
        params: z.object({ app: nameSchema, id: idSchema }),
        response: { 200: incidentSchema, ...refusals },
      },
    },
    async (request) => {
      const { app: name, id } = request.params;
      const all = await incidents(plane, name);
      const ids = all.map((incident) => incident.id);
      return accepted(
        all.find((incident) => incident.id === id) ??
          reject("INCIDENT_NOT_FOUND", `${name} has no incident "${id}".`, nearestNames(id, ids)),
      );
    },
  );
}

async function incidents(plane: ControlPlane, app: string): Promise<Incident[]> {
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
