import { z } from "zod";
import { timeSchema } from "./names.ts";

/** One event as it stands in the log. */
const eventSchema = z
  .object({
    app: z.string(),
    seq: z.int(),
    at: timeSchema,
    actor: z.string(),
    type: z.string(),
    data: z.record(z.string(), z.unknown()),
    prev: z.string(),
    hash: z.string(),
  })
  .meta({ id: "Event" });

export const eventPageSchema = z.object({
  events: z.array(eventSchema),
  head: z.object({ seq: z.int(), hash: z.string() }).describe("The last event of the whole log"),
});
