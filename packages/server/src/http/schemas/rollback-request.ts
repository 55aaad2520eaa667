import { z } from "zod";
import { timeSchema } from "./names.ts";

const approvalSchema = z.object({ by: z.string(), at: timeSchema, comment: z.string() });

/** The request that a rollback carried out. */
export const carriedOutSchema = z
  .object({
    id: z.string(),
    by: z.string().describe("Who asked for it"),
    approvals: z.array(approvalSchema).readonly(),
  })
  .describe("The request that people approved before, where the rollback was formal");

/** A rollback that somebody asked for, and how far its approval has come. */
export const rollbackRequestSchema = z.object({
  id: z.string(),
  stage: z.string(),
  status: z.enum(["open", "carried-out", "rejected", "lapsed"]),
  from: z.string().describe("The version that the stage leaves"),
  to: z.string().nullable().describe("The version that it goes to; null: none"),
  staged: z.boolean().describe("Clients are to be sent back by and by"),
  reason: z.string(),
  requestedBy: z.string(),
  requestedAt: timeSchema,
  approvers: z.array(z.string()).readonly().describe("Names and groups of those who may; empty: whoever has the role"),
  approvals: z.array(approvalSchema).readonly(),
  waitsFor: z.array(z.string()).readonly().describe("What is missing before it is carried out"),
  until: timeSchema.describe("When it lapses if it was not approved by then"),
  closed: z.object({ by: z.string(), at: timeSchema, reason: z.string() }).exactOptional(),
});
