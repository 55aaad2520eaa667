import { type Feed, feedPath, feedSchema, manifestPath } from "@sluice/core/feed/feed.ts";
import {
  type Manifest,
  manifestDigest,
  manifestSchema,
  nameSchema,
  versionSchema,
} from "@sluice/core/release/manifest.ts";
import type { Updater } from "tuf-js";
import { UpdaterError } from "../errors.ts";
import { usePinnedRoot } from "./pinned-root.ts";
import { refresh } from "./refresh.ts";
import { fetchTarget, findTarget } from "./target.ts";

/** An application's feeds and manifests as far as they are signed, whole, fresh and newer than what was seen before. */
export interface TrustedFeeds {
  /** Brings the signed metadata up to date. After a failure nothing is given out until a later refresh succeeds. */
  refresh(): Promise<void>;
  /** What a channel offers, by the last refresh; refreshes when there was none. */
  feed(channel: string): Promise<Feed>;
  /**
   * The manifest of a release.
   * @param digest what the feed says of it: SHA-256 of its canonical bytes; absent: the signature is enough
   */
  manifest(version: string, digest?: string): Promise<Manifest>;
}

/**
 * Opens an application's signed feeds.
 * @param options.baseUrl address of the feeds: `http://127.0.0.1:7070/feeds/myapp`
 * @param options.pinnedRoot path of the root.json that came with the installation
 * @param options.folder where verified metadata is kept; made when it is not there. One process at a time.
 * @param options.timeoutMs for each file that is fetched
 * @throws UpdaterError CONFIG_INVALID, ROOT_INVALID, ROOT_CHANGED, DISK_FULL, STATE_UNUSABLE; all methods besides throw
 * UNTRUSTED (nothing of it was used), SERVER_UNREACHABLE, NOT_PUBLISHED.
 */
export async function openTrustedFeeds(options: {
  readonly app: string;
  readonly baseUrl: string;
  readonly pinnedRoot: string;
  readonly folder: string;
  readonly timeoutMs?: number;
}): Promise<TrustedFeeds> {
  const { app, folder, timeoutMs = 30_000 } = options;
  const baseUrl = checkedUrl(options.baseUrl);
  await usePinnedRoot(options);

  // Undefined from the start of a refresh until it succeeds: nothing is answered from metadata that may not be fresh.
  let verified: Updater | undefined;
  let refreshing: Promise<Updater> | undefined;
  let lastFeed: { readonly sha256: string | undefined; readonly feed: Feed } | undefined;

  async function refreshOnce(): Promise<Updater> {
    verified = undefined;
    try {
      verified = await refresh({ baseUrl, folder, timeoutMs });
      return verified;
    } finally {
      refreshing = undefined;
    }
  }

  function refreshed(): Promise<Updater> {
    refreshing ??= refreshOnce();
    return refreshing;
  }

  return {
    async refresh() {
      await refreshed();
    },

    async feed(channel) {
      const path = feedPath(named(nameSchema, "channel", channel));
      const target = await findTarget(verified ?? (await refreshed()), path);
      if (target === undefined)
        throw new UpdaterError(
          "NOT_PUBLISHED",
          `${app} has no channel ${channel} at ${baseUrl}: is its name spelt right?`,
        );
      if (lastFeed?.feed.channel === channel && lastFeed.sha256 === target.hashes.sha256) return lastFeed.feed;
      const feed = await fetchTarget({ baseUrl, target, schema: feedSchema, timeoutMs });
      expect(path, "application", feed.app, app);
      expect(path, "channel", feed.channel, channel);
      lastFeed = { sha256: target.hashes.sha256, feed };
      return feed;
    },

    async manifest(version, digest) {
      const path = manifestPath(named(versionSchema, "version", version));
      const target = await findTarget(verified ?? (await refreshed()), path);
      if (target === undefined)
        throw new UpdaterError("NOT_PUBLISHED", `${app} ${version} is not among the signed releases at ${baseUrl}`);
      const manifest = await fetchTarget({ baseUrl, target, schema: manifestSchema, timeoutMs });
      expect(path, "application", manifest.app, app);
      expect(path, "version", manifest.version, version);
      if (digest !== undefined) expect(path, "digest", manifestDigest(manifest), digest);
      return manifest;
    },
  };
}

function checkedUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol) || url.username !== "" || url.search !== "")
    throw new UpdaterError(
      "CONFIG_INVALID",
      `${text} cannot be the address of feeds: it must look like https://updates.example.com/feeds/myapp`,
    );
  return url.href.replace(/\/+$/, "");
}

function named(schema: typeof nameSchema | typeof versionSchema, what: string, text: string): string {
  const parsed = schema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new UpdaterError(
    "NOT_PUBLISHED",
    `${JSON.stringify(text)} is no ${what}: it ${parsed.error.issues[0]?.message}`,
  );
}

function expect(path: string, what: string, found: string, asked: string): void {
  if (found === asked) return;
  throw new UpdaterError(
    "UNTRUSTED",
    `${path} is validly signed, but its ${what} is ${found} where ${asked} was asked for: the server made a mistake, or it was made to`,
  );
}
