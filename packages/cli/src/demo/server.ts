import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { exitCodes, Failure } from "../failure.ts";
import { type Child, startChild } from "./child.ts";
import { waitFor } from "./wait.ts";

/** The demo's server: a `sluice serve` on one folder and one port, whatever happens to it in between. */
export interface DemoServer {
  readonly url: string;
  readonly dataDir: string;
  /** Its admin token; there after the first start. */
  adminToken(): Promise<string>;
  /** Ends it as a power failure would, and starts it again. */
  killAndRestart(): Promise<void>;
  /** Throws when it has ended by itself. */
  assertAlive(): void;
  stop(): Promise<void>;
}

const readyMs = 60_000;
const stopMs = 10_000;

/** Starts the server and waits until it is ready. */
export async function startServer(options: {
  readonly folder: string;
  readonly port: number;
  readonly signal: AbortSignal;
}): Promise<DemoServer> {
  const { folder, port, signal } = options;
  const url = `http://127.0.0.1:${port}`;
  const dataDir = join(folder, "server");
  const log = join(folder, "server.log");
  let child: Child | undefined;
  let restarting = false;

  const start = async () => {
    const started = await startChild(
      ["serve", "--data", dataDir, "--host", "127.0.0.1", "--port", String(port), "--log-level", "warn"],
      { cwd: folder, log, quiet: true },
    );
    child = started;
    await waitFor(
      "the server to be ready",
      async () =>
        (await isReady(url))
          ? true
          : started.ended() === undefined
            ? undefined
            : Promise.reject(await deathOf(started, log)),
      { withinMs: readyMs, signal },
    );
  };
  await start().catch(async (error: unknown) => {
    child?.signal("SIGKILL");
    throw error;
  });

  return {
    url,
    dataDir,
    adminToken: async () => (await readFile(join(dataDir, "admin.token"), "utf8")).trim(),
    async killAndRestart() {
      restarting = true;
      child?.signal("SIGKILL");
      await child?.exited;
      await start();
      restarting = false;
    },
    assertAlive() {
      const end = child?.ended();
      if (!restarting && end !== undefined)
        throw new Failure(exitCodes.failed, "DEMO_FAILED", `The server ${end}. What it said: ${log}`);
    },
    async stop() {
      child?.signal("SIGTERM");
      const timer = setTimeout(() => child?.signal("SIGKILL"), stopMs);
      await child?.exited;
      clearTimeout(timer);
    },
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

async function deathOf(child: Child, log: string): Promise<Failure> {
  const said = (await readFile(log, "utf8").catch(() => "")).trim().split("\n").slice(-5).join("\n");
  return new Failure(exitCodes.failed, "DEMO_FAILED", `The server ${child.ended()}:\n${said}`);
}
