import { feedPath, feedSchema, manifestPath } from "@sluice/core/feed/feed.ts";
import { manifestDigest, manifestSchema } from "@sluice/core/release/manifest.ts";
import { UpdaterError } from "@sluice/updater/errors.ts";
import type { TrustedFeeds } from "@sluice/updater/verify/trusted-feeds.ts";
import type { World } from "./world.ts";

/** The published feeds, as they are now. That signatures are verified is the business of other tests. */
export function agentFeeds({ published, app }: World): TrustedFeeds {
  const read = (path: string): unknown => {
    const text = published.texts.get(path);
    if (text === undefined) throw new UpdaterError("NOT_PUBLISHED", `${app} has no ${path}`);
    return JSON.parse(text);
  };
  return {
    async refresh() {},
    feed: async (channel) => feedSchema.parse(read(feedPath(channel))),
    async manifest(version, digest) {
      const manifest = manifestSchema.parse(read(manifestPath(version)));
      if (manifestDigest(manifest) !== digest) throw new UpdaterError("UNTRUSTED", `${version} has another manifest`);
      return manifest;
    },
  };
}
