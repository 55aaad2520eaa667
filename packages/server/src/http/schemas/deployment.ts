import { z } from "zod";
import { timeSchema, wayBackSchema } from "./names.ts";
import { carriedOutSchema } from "./rollback-request.ts";
import { waveSchema } from "./wave.ts";

/** One promotion, as a record of what was deployed where, when and by whom. */
export const deploymentSchema = z
  .object({
    promotion: z.string(),
    stage: z.string(),
    version: z.string(),
    status: z.enum(["waiting", "active", "complete", "paused", "rolled-back", "aborted", "superseded"]),
    requestedAt: timeSchema,
    requestedBy: z.string(),
    startedAt: timeSchema.exactOptional(),
    completedAt: timeSchema.exactOptional(),
    endedAt: timeSchema.exactOptional(),
    endedBy: z.string().exactOptional(),
    cause: z.string().exactOptional(),
    reason: z.string().exactOptional(),
    wayBack: wayBackSchema.exactOptional().describe("The rollback is staged, and not everybody is sent back yet"),
    rollbackRequest: carriedOutSchema.exactOptional(),
    override: z.string().exactOptional(),
    approvals: z
      .array(z.object({ by: z.string(), at: timeSchema, comment: z.string() }))
      .readonly()
      .exactOptional(),
    exposure: z.number().describe("The furthest that it got, in basis points"),
    wave: waveSchema,
  })
  .meta({ id: "Deployment" });
