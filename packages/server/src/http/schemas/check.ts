import { componentSchema } from "@sluice/core/release/manifest.ts";
import { z } from "zod";

/** What an update check is answered. */
export const checkAnswerSchema = z.object({
  updateAvailable: z.boolean(),
  version: z.string().exactOptional(),
  mandatory: z.boolean(),
  rollback: z.boolean().describe("The version is the way back from one that was rolled back or withdrawn"),
  releaseNotes: z.string().exactOptional().describe("Where the release is described; relative to the server"),
  downloadUrl: z.string().exactOptional().describe("The first component's content; relative to the server"),
  signature: z
    .string()
    .exactOptional()
    .describe("sha256: and the digest of the release manifest, which is a signed target"),
  components: z.array(z.object({ ...componentSchema.shape, url: z.string() })).exactOptional(),
  nextCheckSeconds: z.number(),
  reason: z.string().exactOptional().describe("Why there is no update"),
  detail: z.string().exactOptional(),
});

export type CheckAnswer = z.infer<typeof checkAnswerSchema>;

/** The headers of an update check. Node gives header names in lower case. */
export const checkHeadersSchema = z.object({
  "x-app": z.string(),
  "x-channel": z.string(),
  "x-client-id": z.string().optional().describe("Without it, only what everybody gets is offered"),
  "x-current-version": z.string().optional().describe("Absent: nothing is installed yet"),
  "x-platform": z.string().optional().describe("OS-ARCH, such as linux-x64"),
  "x-license-key": z.string().optional(),
});
