import { nearestNames } from "@sluice/core/errors/nearest.ts";
import { reject } from "@sluice/core/errors/rejection.ts";
import { nameSchema } from "@sluice/core/release/manifest.ts";
import { z } from "zod";
import type { HttpContext } from "../context.ts";
import { accepted } from "../problem.ts";
import { readIncidents } from "../read-incidents.ts";
import { incidentSchema } from "../schemas/incident.ts";
import { appParams, idSchema } from "../schemas/names.ts";
import { refusals } from "../schemas/refusals.ts";
import type { App } from "./route.ts";

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
    async (request) => ({ incidents: (await readIncidents(plane, request.params.app)).reverse() }),
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
      const all = await readIncidents(plane, name);
      const ids = all.map((incident) => incident.id);
      return accepted(
        all.find((incident) => incident.id === id) ??
          reject("INCIDENT_NOT_FOUND", `${name} has no incident "${id}".`, nearestNames(id, ids)),
      );
    },
  );
}
