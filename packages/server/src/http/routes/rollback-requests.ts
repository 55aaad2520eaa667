import { nearestNames } from "@sluice/core/errors/nearest.ts";
import { type Rejection, reject } from "@sluice/core/errors/rejection.ts";
import { nameSchema } from "@sluice/core/release/manifest.ts";
import { type RollbackRequestView, rollbackRequestView } from "@sluice/core/views/rollback-request.ts";
import { z } from "zod";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { actorOf, groupsOf, requirePermission, requireStage } from "../auth.ts";
import type { HttpContext } from "../context.ts";
import { accepted } from "../problem.ts";
import { idSchema, reasonSchema } from "../schemas/names.ts";
import { refusals } from "../schemas/refusals.ts";
import { rollbackRequestSchema } from "../schemas/rollback-request.ts";
import type { App } from "./route.ts";
import { rollbackSchema } from "./stages.ts";

const answers = {
  approve: { type: "ApproveRollback", summary: "Approve a rollback that somebody else asked for; enough carry it out" },
  reject: { type: "RejectRollback", summary: "Reject a rollback that somebody asked for, or take back one's own" },
} as const;

/** Rollbacks that are asked for by one person and approved by others. */
export function rollbackRequestRoutes(app: App, { plane }: HttpContext): void {
  app.post(
    "/api/v1/apps/:app/stages/:stage/rollback-requests",
    {
      config: { access: "ask-rollback" },
      schema: {
        summary: "Ask that a stage go back, for others to approve",
        params: z.object({ app: nameSchema, stage: nameSchema }),
        body: rollbackSchema,
        response: { 201: rollbackRequestSchema, ...refusals },
      },
    },
    async (request, reply) => {
      const { app: name, stage } = request.params;
      requireStage(request, stage);
      const command = { type: "RequestRollback", stage, ...request.body } as const;
      const { events } = accepted(await plane.execute(name, command, actorOf(request)));
      const asked = events.find(({ type }) => type === "RollbackRequested");
      return reply.code(201).send(accepted(requestView(plane, name, String(asked?.data.id))));
    },
  );

  for (const [answer, { type, summary }] of Object.entries(answers))
    app.post(
      `/api/v1/apps/:app/stages/:stage/rollback-requests/:id/${answer}`,
      {
        // Whoever asked may take it back; everything else takes the right to approve.
        config: { access: answer === "approve" ? "approve" : "ask-rollback" },
        schema: {
          summary,
          params: z.object({ app: nameSchema, stage: nameSchema, id: idSchema }),
          body: z.strictObject({ comment: reasonSchema.default("").describe("Kept in the log; needed to reject") }),
          response: { 200: rollbackRequestSchema, ...refusals },
        },
      },
      async (request) => {
        const { app: name, stage, id } = request.params;
        requireStage(request, stage);
        const { requestedBy } = accepted(requestView(plane, name, id));
        if (requestedBy !== actorOf(request)) requirePermission(request, "approve");
        const command = { type, stage, id, groups: groupsOf(request), ...request.body } as const;
        accepted(await plane.execute(name, command, actorOf(request)));
        return accepted(requestView(plane, name, id));
      },
    );
}

/** A request as it stands now. */
function requestView(plane: ControlPlane, app: string, id: string): RollbackRequestView | Rejection {
  const state = accepted(plane.find(app));
  const request = state.rollbackRequests.get(id);
  return request === undefined
    ? reject(
        "ROLLBACK_REQUEST_NOT_FOUND",
        `Nobody has asked for a rollback "${id}".`,
        nearestNames(id, state.rollbackRequests.keys()),
      )
    : rollbackRequestView(state, request);
}
