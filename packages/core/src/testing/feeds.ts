import type { Client } from "../feed/client.ts";
import { type Feed, type FeedRelease, feedReleaseSchema, feedSchema } from "../feed/feed.ts";
import { emptyHead } from "../log/chain.ts";
import { sha256Hex } from "../log/digest.ts";

/** A release as a feed has it: for everybody, unless something else is given. */
export function feedReleaseOf(version: string, more: Partial<FeedRelease> = {}): FeedRelease {
  return feedReleaseSchema.parse({
    version,
    exposure: { basisPoints: 10_000, salt: "" },
    manifest: sha256Hex(version),
    ...more,
  });
}

/** The feed of channel `stable`; the last of the releases is live, unless something else is given. */
export function feedOf(releases: readonly FeedRelease[], more: Partial<Feed> = {}): Feed {
  const live = releases.at(-1)?.version;
  return feedSchema.parse({
    app: "myapp",
    channel: "stable",
    ...(live === undefined ? {} : { live }),
    releases,
    away: [],
    checkSeconds: 60,
    log: emptyHead,
    ...more,
  });
}

/** A client that has a version, or none. */
export function clientOn(version?: string, more: Partial<Client> = {}): Client {
  return { id: "client-1", attributes: {}, ...(version === undefined ? {} : { version }), ...more };
}
