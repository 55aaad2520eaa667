import { join } from "node:path";
import { type Feed, feedPath, manifestPath } from "@sluice/core/feed/feed.ts";
import { canonicalJson } from "@sluice/core/log/canonical.ts";
import { type Manifest, manifestBytes, manifestDigest } from "@sluice/core/release/manifest.ts";
import type { Clock } from "@sluice/server/clock/clock.ts";
import { openRoleKeys } from "@sluice/server/feeds/keys.ts";
import { openRepository, type Repository } from "@sluice/server/feeds/repository.ts";

/** An application's repository in a data folder. */
export async function openApp(data: string, app: string, clock: Clock): Promise<Repository> {
  const keys = await openRoleKeys({ folder: join(data, "keys"), app });
  return openRepository({ app, folder: join(data, "feeds", app), keys, clock });
}

export function manifestOf(version: string, app = "myapp"): Manifest {
  return { app, version, components: [{ name: "tool", kind: "file", sha256: "a".repeat(64), size: 1 }] };
}

export function feedOf(versions: readonly string[], app = "myapp", channel = "stable"): Feed {
  return {
    app,
    channel,
    releases: versions.map((version) => ({
      version,
      exposure: { basisPoints: 10_000, salt: "s" },
      manifest: manifestDigest(manifestOf(version, app)),
    })),
    away: [],
    checkSeconds: 30,
    log: { seq: versions.length, hash: "b".repeat(64) },
  };
}

/** The targets of an application whose channel `stable` offers these versions. */
export function targetsOf(versions: readonly string[], app = "myapp"): Map<string, string> {
  const manifests = versions.map(
    (version) => [manifestPath(version), manifestBytes(manifestOf(version, app))] as const,
  );
  return new Map([[feedPath("stable"), canonicalJson(feedOf(versions, app))], ...manifests]);
}
