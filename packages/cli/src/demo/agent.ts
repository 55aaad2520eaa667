import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { layoutOf } from "@sluice/updater/disk/layout.ts";
import { systemClock } from "@sluice/updater/ports/clock.ts";
import { stopRun } from "@sluice/updater/program/stop-run.ts";
import { stringify } from "yaml";
import { type Child, startChild } from "./child.ts";
import type { StageName } from "./fleet-plan.ts";

export interface AgentOptions {
  readonly id: string;
  readonly stage: StageName;
  readonly app: string;
  /** The server's address. */
  readonly server: string;
  /** Where the program listens, on 127.0.0.1. */
  readonly port: number;
  /** The agent's own folder; made here. */
  readonly home: string;
  readonly root: Buffer;
  readonly token: string;
}

/** An agent that runs as a process of its own, with the program that it looks after. */
export interface Agent {
  readonly id: string;
  readonly stage: StageName;
  readonly port: number;
  /** Where it installs. */
  readonly folder: string;
  readonly log: string;
  /** How it ended, or undefined while it lives. */
  ended(): string | undefined;
  /** Stops it and its program. */
  stop(): Promise<void>;
}

const stopMs = 10_000;

/** Sets an agent up as on a machine of its own, and starts it. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { id, stage, port, home } = options;
  await mkdir(home, { recursive: true });
  await writeFile(join(home, "root.json"), options.root);
  await writeFile(join(home, "client.token"), `${options.token}\n`, { mode: 0o600 });
  await writeFile(join(home, "agent.yaml"), stringify(configOf(options)));
  const folder = join(home, "install");
  const log = join(home, "agent.log");
  const child = await startChild(["agent", "run", "--config", join(home, "agent.yaml")], { cwd: home, log });
  return { id, stage, port, folder, log, ended: () => child.ended(), stop: () => stopAgent(child, folder) };
}

function configOf({ app, server, id, stage, port }: AgentOptions): object {
  return {
    app,
    server,
    root: "root.json",
    folder: "install",
    "token-file": "client.token",
    "client-id": id,
    update: {
      channel: stage,
      checkInterval: "1s",
      autoInstall: true,
      maintenanceWindow: { enabled: false },
      rollback: { automatic: true, healthCheckTimeout: "30s", keepVersions: 2 },
    },
    run: {
      command: ["{current}/esbuild", `--serve=127.0.0.1:${port}`, "--servedir={current}/site", "--watch=forever"],
      "stop-timeout": "5s",
    },
    health: { http: { url: `http://127.0.0.1:${port}/version.txt`, expect: 200 } },
  };
}

async function stopAgent(child: Child, folder: string): Promise<void> {
  child.signal("SIGTERM");
  const timer = setTimeout(() => child.signal("SIGKILL"), stopMs);
  await child.exited;
  clearTimeout(timer);
  // Programs outlive their agent by design; nobody else stops these.
  await stopRun(layoutOf(folder), systemClock, stopMs);
}

/** The last lines that an agent wrote. */
export async function lastWords(agent: Agent): Promise<string> {
  return (await readFile(agent.log, "utf8").catch(() => "")).trim().split("\n").slice(-3).join("\n");
}
