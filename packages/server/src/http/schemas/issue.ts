import type { Issue } from "@sluice/core/application/state.ts";
import { severities } from "@sluice/core/pipeline/values.ts";
import { rfc3339 } from "@sluice/core/time/instant.ts";
import { z } from "zod";
import { timeSchema } from "./names.ts";

export const issueSchema = z
  .object({
    id: z.string(),
    version: z.string(),
    title: z.string(),
    severity: z.enum(severities),
    stage: z.string().exactOptional(),
    openedAt: timeSchema,
    openedBy: z.string(),
    resolved: z.object({ at: timeSchema, by: z.string(), comment: z.string() }).exactOptional(),
  })
  .meta({ id: "Issue" });

/** An issue as it is shown. */
export function issueView({ openedAt, resolved, ...issue }: Issue): z.infer<typeof issueSchema> {
  return {
    ...issue,
    openedAt: rfc3339(openedAt),
    ...(resolved === undefined ? {} : { resolved: { ...resolved, at: rfc3339(resolved.at) } }),
  };
}
