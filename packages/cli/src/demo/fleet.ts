import { readlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Agent, type AgentOptions, startAgent } from "./agent.ts";
import { waitFor } from "./wait.ts";

/** What one agent has: by its program's own answer, and by the link to the version in use. */
export interface Observation {
  readonly agent: Agent;
  /** What the running program serves, or undefined when none answers. */
  readonly running: string | undefined;
  /** What `current` names. */
  readonly current: string | undefined;
}

/** All the agents of the demo. */
export interface Fleet {
  readonly agents: readonly Agent[];
  /** Asks every program over HTTP, and reads every link. */
  observe(): Promise<Observation[]>;
  stop(): Promise<void>;
}

/** So many are started at once, and so long after the ones before: starting takes most of what an agent ever takes. */
const together = 3;
const staggerMs = 250;

/** Starts the agents, a few at a time. What was started is stopped again when one of them cannot be. */
export async function startFleet(all: readonly AgentOptions[], signal: AbortSignal): Promise<Fleet> {
  const agents: Agent[] = [];
  const stop = async () => {
    await Promise.all(agents.map((agent) => agent.stop()));
  };
  try {
    for (let i = 0; i < all.length; i += together) {
      if (i > 0) await delay(staggerMs, undefined, { signal });
      const started = await Promise.allSettled(all.slice(i, i + together).map(startAgent));
      for (const one of started) if (one.status === "fulfilled") agents.push(one.value);
      for (const one of started) if (one.status === "rejected") throw one.reason;
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { agents, stop, observe: () => Promise.all(agents.map(observe)) };
}

async function observe(agent: Agent): Promise<Observation> {
  return { agent, running: await runningVersion(agent), current: await currentVersion(agent) };
}

async function runningVersion({ port }: Agent): Promise<string | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/version.txt`, {
      signal: AbortSignal.timeout(5_000),
      headers: { connection: "close" },
    });
    return response.ok ? (await response.text()).trim() : undefined;
  } catch {
    return undefined;
  }
}

async function currentVersion({ folder }: Agent): Promise<string | undefined> {
  return basename(await readlink(join(folder, "current")).catch(() => "")) || undefined;
}

/** Waits until every agent's program answers with a version, and its link names it too. */
export async function untilEverywhere(
  fleet: Fleet,
  version: string,
  signal: AbortSignal,
  withinMs: number,
): Promise<void> {
  await waitFor(
    `${version} to run on every agent`,
    async () =>
      (await fleet.observe()).every(({ running, current }) => running === version && current === version)
        ? true
        : undefined,
    { withinMs, signal, everyMs: 400 },
  );
}
