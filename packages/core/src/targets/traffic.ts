import { z } from "zod";

const nameSchema = z.string().regex(/^[A-Za-z0-9_.:-]{1,100}$/, "must be a name as HAProxy has them");

/** Live traffic, shared between the servers of two releases. */
export const trafficTargetSchema = z.strictObject({
  haproxy: z
    .strictObject({
      socket: z
        .string()
        .max(100)
        .regex(/^(?:\/[^\0]+|[A-Za-z0-9.-]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5})$/, "must be a path, or HOST:PORT")
        .describe("The runtime API: `stats socket … level admin` of its configuration"),
      backend: nameSchema.describe("The backend whose servers share the traffic"),
    })
    .describe("HAProxy, by its runtime API"),
  "version-path": z
    .string()
    .max(500)
    .regex(/^\/[\x21-\x7e]*$/, "must be a path, such as /version")
    .default("/version")
    .describe("Where each server says which version it runs: as text, or as member `version` of a JSON object"),
});

export type TrafficTarget = z.output<typeof trafficTargetSchema>;
