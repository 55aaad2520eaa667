import type { AppState } from "@sluice/core/application/state.ts";
import { buildFeeds } from "@sluice/core/feed/build.ts";
import { feedPath, manifestPath } from "@sluice/core/feed/feed.ts";
import { canonicalJson } from "@sluice/core/log/canonical.ts";
import type { Head } from "@sluice/core/log/chain.ts";
import { sha256Hex } from "@sluice/core/log/digest.ts";
import { manifestBytes } from "@sluice/core/release/manifest.ts";

/** The newest releases whose manifests are kept published although no feed names them yet. */
const recentManifests = 100;

export interface Targets {
  /** Path among the signed targets → text. */
  readonly texts: ReadonlyMap<string, string>;
  /** Channel → SHA-256 of its feed. */
  readonly feeds: Readonly<Record<string, string>>;
}

/** Everything that has to be signed for a state: the feed of each channel, and the manifests that a client may be sent to. */
export function targetsOf(state: AppState, log: Head): Targets {
  const texts = new Map<string, string>();
  const feeds: Record<string, string> = {};
  const recent = state.releases.valueSeq().filter((release) => release.withdrawn === undefined);
  const versions = new Set(recent.takeLast(recentManifests).map((release) => release.version));
  for (const feed of buildFeeds(state, log)) {
    const text = canonicalJson(feed);
    texts.set(feedPath(feed.channel), text);
    feeds[feed.channel] = sha256Hex(text);
    for (const release of feed.releases) versions.add(release.version);
  }
  for (const version of versions) {
    const release = state.releases.get(version);
    if (release !== undefined) texts.set(manifestPath(version), manifestBytes(release.manifest));
  }
  return { texts, feeds };
}
