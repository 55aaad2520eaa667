import { z } from "zod";
import { compatibilitySchema, digestSchema, nameSchema, platformSchema, versionSchema } from "../release/manifest.ts";

const exposureSchema = z.strictObject({
  /** 0 to 10,000; with a fraction where a basis point is too many clients to begin with. */
  basisPoints: z.number().min(0).max(10_000),
  salt: z.string(),
});

/** One release that a channel offers. */
export const feedReleaseSchema = z.strictObject({
  version: versionSchema,
  exposure: exposureSchema,
  /** Clients below this version must update, because a release up to this one was mandatory. */
  mandatoryBelow: versionSchema.optional(),
  /** How long after they first saw such an offer they may put it off, s; absent: until their next maintenance window. */
  mandatoryWithinSeconds: z.int().min(0).optional(),
  minimumVersion: versionSchema.optional(),
  /** Absent: every platform. */
  platforms: z.array(platformSchema).optional(),
  compatibility: compatibilitySchema.optional(),
  /** The parts of the channel that get it one after the other: each up to `begun`, counted from 1, and none beyond. Absent: it is one. */
  waves: z
    .strictObject({
      begun: z.int().min(1).max(20),
      each: z
        .array(z.strictObject({ name: nameSchema, match: z.record(z.string(), z.array(z.string())).exactOptional() }))
        .min(2)
        .max(20),
    })
    .optional(),
  /** Groups of clients, such as `region=eu`, that get it no more. */
  halted: z.array(z.string()).optional(),
  /** SHA-256 of the release manifest, which is the signed target `releases/VERSION.json`. */
  manifest: digestSchema,
});

/**
 * What a channel offers, and whom: the signed target `channels/CHANNEL.json`. Server and client decide from it with the same
 * function, so it can be served as a static file.
 */
export const feedSchema = z.strictObject({
  app: nameSchema,
  channel: nameSchema,
  /** The newest release that is live for everybody; where rolled-back clients go. */
  live: versionSchema.optional(),
  releases: z.array(feedReleaseSchema),
  /** Versions that nobody may keep: rolled back here or withdrawn. Clients that have one are offered `live`. */
  away: z.array(versionSchema),
  /** Those of `away` whose clients are sent back by and by: so many of them so far. Absent, or not named here: all of them. */
  sentBack: z.array(z.strictObject({ version: versionSchema, ...exposureSchema.shape })).optional(),
  /** How long a client waits before it asks again. */
  checkSeconds: z.number().positive(),
  /** The log that this follows from: its last event. A shorter log was cut off; another hash is another log. */
  log: z.strictObject({ seq: z.number().int().min(0), hash: digestSchema }),
});

export type FeedRelease = z.infer<typeof feedReleaseSchema>;
export type Feed = z.infer<typeof feedSchema>;

/** Path of a channel's feed among the signed targets. */
export function feedPath(channel: string): string {
  return `channels/${channel}.json`;
}

/** Path of a release's manifest among the signed targets. */
export function manifestPath(version: string): string {
  return `releases/${version}.json`;
}
