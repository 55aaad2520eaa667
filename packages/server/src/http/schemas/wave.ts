import { z } from "zod";

/** The wave of a stage that has begun to get a release; absent where the stage is one. */
export const waveSchema = z
  .object({ number: z.int().describe("Counted from 1"), of: z.int(), name: z.string() })
  .exactOptional()
  .describe("The wave that has begun; shares are of its clients");
