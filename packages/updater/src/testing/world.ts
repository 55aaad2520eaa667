import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { layoutOf } from "../disk/layout.ts";
import type { UpdaterOptions } from "../options.ts";
import { systemClock } from "../ports/clock.ts";
import { freePort } from "../program/free-port.ts";
import { stopRun } from "../program/stop-run.ts";
import { programOf } from "./program.ts";
import { type StubServer, startStub } from "./stub-server.ts";
import { unsignedFeeds } from "./unsigned-feeds.ts";

/** A server, an installation folder and a port for the supervised program: what an end-to-end test needs. */
export interface World {
  readonly stub: StubServer;
  readonly folder: string;
  readonly port: number;
  readonly options: UpdaterOptions;
  /** Publishes a release whose one component is a program, and offers it. */
  release(version: string, behaviour?: "good" | "broken" | "crashing"): void;
  /** What the running program says of itself, or undefined when none answers. */
  running(): Promise<{ version: string; pid: number } | undefined>;
  end(): Promise<void>;
}

export async function openWorld(): Promise<World> {
  const stub = await startStub();
  const folder = await mkdtemp(join(tmpdir(), "sluice-updater-"));
  const port = await freePort();
  return {
    stub,
    folder,
    port,
    options: worldOptions({ folder, url: stub.url, port }),
    release(version, behaviour) {
      stub.publish(version, [
        { name: "program", kind: "file", executable: true, content: programOf(version, behaviour) },
      ]);
      stub.live = version;
      stub.offer({ version });
    },
    running: () => askProgram(port),
    async end() {
      await stopRun(layoutOf(folder), systemClock, 2_000);
      await stub.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** For worlds whose programs are well or end: no health check runs out only because the machine is busy. */
export const patientRollback: UpdaterOptions["rollback"] = {
  automatic: true,
  healthCheckTimeoutMs: 90_000,
  keepVersions: 3,
};

/** The options of an updater in such a world, also for another process. */
export function worldOptions(where: { folder: string; url: string; port: number }): UpdaterOptions {
  return {
    folder: where.folder,
    server: where.url,
    identity: {
      app: "myapp",
      clientId: "machine-1",
      channel: "stable",
      platform: "linux-x64",
      attributes: { region: "eu" },
    },
    trustedFeeds: async () => unsignedFeeds(where.url),
    token: async () => "secret",
    program: {
      command: { command: [process.execPath, "{current}/program"], env: { PORT: String(where.port) } },
      stopTimeoutMs: 2_000,
    },
    health: [{ http: { url: `http://127.0.0.1:${where.port}/`, expect: 200 } }],
    rollback: { automatic: true, healthCheckTimeoutMs: 10_000, keepVersions: 3 },
  };
}

async function askProgram(port: number): Promise<{ version: string; pid: number } | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: "close" } });
    return (await response.json()) as { version: string; pid: number };
  } catch {
    return undefined;
  }
}
