import { join } from "node:path";
import type { UpdaterOptions } from "../options.ts";
import { packed } from "./packed.ts";
import type { StubServer } from "./stub-server.ts";
import { unsignedFeeds } from "./unsigned-feeds.ts";

/** Releases whose program is `sleep`, so that a machine is started and stopped in milliseconds, thousands of times. */
export async function publishSleeper(
  stub: StubServer,
  version: string,
  behaviour: "good" | "unhealthy" | "crashing" | "hanging" = "good",
): Promise<void> {
  const script = behaviour === "crashing" ? "exit 3" : "exec sleep 1000";
  const health = { good: "exit 0", crashing: "exit 1", unhealthy: "exit 1", hanging: "exec sleep 1000" }[behaviour];
  stub.publish(version, [
    { name: "program", kind: "file", executable: true, content: Buffer.from(`#!/bin/sh\n# ${version}\n${script}\n`) },
    { name: "health", kind: "file", content: Buffer.from(`${health}\n`) },
    { name: "assets", kind: "folder", content: await packed({ "a.txt": version, "b.txt": "b", "deep/c.txt": "c" }) },
  ]);
  stub.live = version;
  stub.offer({ version });
}

/** An updater's options on a machine: the installation is the folder `app` in `root`. */
export function sleeperOptions(root: string, url: string): UpdaterOptions {
  return {
    folder: join(root, "app"),
    server: url,
    identity: { app: "myapp", clientId: "machine-1", channel: "stable", platform: "linux-x64", attributes: {} },
    trustedFeeds: async () => unsignedFeeds(url),
    token: async () => "secret",
    program: { command: { command: ["{current}/program"] }, stopTimeoutMs: 2_000 },
    health: { command: { command: ["/bin/sh", "{current}/health"] } },
    rollback: { automatic: true, healthCheckTimeoutMs: 2_000, keepVersions: 2 },
  };
}
