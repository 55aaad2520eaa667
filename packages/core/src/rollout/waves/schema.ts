import { z } from "zod";
import { approval } from "../../gates/approval.ts";
import { durationValue } from "../../pipeline/values.ts";
import { nameSchema } from "../../release/manifest.ts";
import { attributeSchema } from "../groups.ts";

const valueSchema = z.string().min(1).max(64);

const matchSchema = z
  .record(
    attributeSchema,
    z.union([valueSchema.transform((value) => [value]), z.array(valueSchema).min(1).max(100)], {
      error: "must be a value, or a list of values",
    }),
  )
  .refine((match) => Object.keys(match).length > 0, "must name an attribute")
  .refine((match) => Object.keys(match).length <= 4, "must name at most 4 attributes");

const barrierSchema = z.strictObject({
  hold: durationValue.exactOptional().describe("How long the whole wave must have had it"),
  "min-clients": z
    .int()
    .min(1)
    .exactOptional()
    .describe("How many clients of the stage, of all waves so far, must be confirmed healthy on it"),
  approval: approval.schema.exactOptional().describe("Who must approve, after the whole wave has it"),
});

export const waveSchema = z.strictObject({
  name: nameSchema,
  match: matchSchema
    .exactOptional()
    .describe("Its clients: those with one of the values, of every attribute named. platform, or any X-Attribute-NAME"),
  barrier: barrierSchema
    .exactOptional()
    .describe("What must hold, beside the stage's gates and analysis, before the next wave begins"),
});

/** The parts of a stage that get a release one after the other. Whoever belongs to none of them belongs to the last. */
export const wavesSchema = z
  .array(waveSchema)
  .min(2)
  .max(20)
  .refine((waves) => new Set(waves.map(({ name }) => name)).size === waves.length, "must not name a wave twice")
  .refine((waves) => waves.slice(0, -1).every(({ match }) => match !== undefined), {
    error: "must say whom each matches; only the last takes whoever is left",
    when: ({ issues }) => issues.length === 0,
  })
  .refine((waves) => waves.at(-1)?.barrier === undefined, {
    error: "must not have a barrier in the last: nothing follows it",
    when: ({ issues }) => issues.length === 0,
  });

export type Wave = z.output<typeof waveSchema>;
