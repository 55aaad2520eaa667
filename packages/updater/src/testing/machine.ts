import { join } from "node:path";
import type { UpdaterOptions } from "../options.ts";
import { migrationFiles } from "./migrations.ts";
import { packed } from "./packed.ts";
import type { StubServer } from "./stub-server.ts";
import { unsignedFeeds } from "./unsigned-feeds.ts";

/**
 * Releases of three components, a program, a frontend and a database. The program is `sleep`, so that a machine is started and stopped in milliseconds, thousands of times.
 * @param migrations scripts in place of the usual ones
 */
export async function publishSleeper(
  stub: StubServer,
  version: string,
  behaviour: "good" | "unhealthy" | "crashing" | "hanging" = "good",
  migrations: Readonly<Record<string, string>> = {},
): Promise<void> {
  const script = behaviour === "crashing" ? "exit 3" : "exec sleep 1000";
  const health = { good: "exit 0", crashing: "exit 1", unhealthy: "exit 1", hanging: "exec sleep 1000" }[behaviour];
  stub.publish(version, [
    { name: "program", kind: "file", executable: true, content: Buffer.from(`#!/bin/sh\n# ${version}\n${script}\n`) },
    { name: "health", kind: "file", content: Buffer.from(`${health}\n`) },
    { name: "web", kind: "folder", content: await packed({ "index.html": version, "deep/app.js": "b" }) },
    { name: "schema", kind: "folder", content: await packed({ ...migrationFiles(version), ...migrations }) },
  ]);
  stub.live = version;
  stub.offer({ version });
}

/** Where a machine's SQLite database is. It syncs itself. */
export const databaseOf = (root: string) => join(root, "data", "app.sqlite");
/** The link to the assets that a machine's web server would read. */
export const publishedBy = (root: string) => join(root, "public", "web");

/** An updater's options on a machine: the installation is the folder `app` in `root`. */
export function sleeperOptions(root: string, url: string): UpdaterOptions {
  return {
    folder: join(root, "app"),
    server: url,
    identity: { app: "myapp", clientId: "machine-1", channel: "stable", platform: "linux-x64", attributes: {} },
    trustedFeeds: async () => unsignedFeeds(url),
    token: async () => "secret",
    program: { command: { command: ["{current}/program"] }, stopTimeoutMs: 2_000 },
    health: [{ command: { command: ["/bin/sh", "{current}/health"] } }],
    components: {
      schema: { kind: "database", order: 10, baseline: null, address: async () => databaseOf(root) },
      web: { kind: "frontend", order: 90, publish: publishedBy(root) },
    },
    rollback: { automatic: true, healthCheckTimeoutMs: 2_000, keepVersions: 2 },
  };
}
