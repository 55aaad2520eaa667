import { feedSchema } from "@sluice/core/feed/feed.ts";
import { manifestSchema } from "@sluice/core/release/manifest.ts";
import type { TrustedFeeds } from "../verify/trusted-feeds.ts";

/** The stub server's feeds, taken at its word. */
export function unsignedFeeds(url: string): TrustedFeeds {
  const get = async (path: string): Promise<unknown> => (await fetch(new URL(path, url))).json();
  return {
    async refresh() {},
    feed: async () => feedSchema.parse(await get("feed.json")),
    manifest: async (version) => manifestSchema.parse(await get(`releases/${version}.json`)),
  };
}
