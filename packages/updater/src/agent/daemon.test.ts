import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Choice } from "../choices/choices.ts";
import { layoutOf } from "../disk/layout.ts";
import { readStatus } from "../status.ts";
import { openWorld, type World } from "../testing/world.ts";
import { openUpdater } from "../updater.ts";
import { askAgent } from "./control.ts";

const agentProcess = fileURLToPath(new URL("../testing/agent-process.ts", import.meta.url));
const patience = { timeout: 20_000 };

let world: World;
let agents: { child: ChildProcess; log: () => string }[];

beforeEach(async () => {
  world = await openWorld();
  agents = [];
});

afterEach(async () => {
  for (const { child } of agents) if (child.exitCode === null && child.signalCode === null) await end(child, "SIGKILL");
  await world.end();
});

function startAgent(): { child: ChildProcess; log: () => string } {
  const { folder, port, stub } = world;
  const child = spawn(process.execPath, [agentProcess, JSON.stringify({ folder, port, url: stub.url })], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => {
      log += chunk.toString();
    });
  const agent = { child, log: () => log };
  agents.push(agent);
  return agent;
}

async function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<number | null> {
  const exited = once(child, "exit");
  child.kill(signal);
  return (await exited)[0] as number | null;
}

const runs = (version: string) => expect.poll(async () => (await world.running())?.version, patience).toBe(version);

/** Until the update to a version has wholly ended. */
const settled = (installed: string) =>
  expect
    .poll(() => readStatus(layoutOf(world.folder)), patience)
    .toMatchObject({ installed, update: null, state: expect.stringMatching(/idle|checking/) });

test("an agent follows its channel: up, not to a broken version, and back when the server says so", async () => {
  startAgent();
  world.release("1.0.0");
  await runs("1.0.0");
  world.release("2.0.0");
  await runs("2.0.0");
  world.release("2.1.0", "crashing");
  await expect
    .poll(() => world.stub.reports.map(({ version, status }) => `${version} ${status}`), patience)
    .toContain("2.1.0 rolled-back");
  await runs("2.0.0");
  world.stub.away = ["2.0.0"];
  world.stub.live = "1.0.0";
  world.stub.offer({ version: "1.0.0", rollback: true });
  await runs("1.0.0");
  await expect.poll(() => world.stub.reports.at(-1), patience).toMatchObject({ version: "1.0.0", status: "completed" });
});

test("the program outlives an agent that is killed, and the next agent takes over with exactly one", async () => {
  const first = startAgent();
  world.release("1.0.0");
  await runs("1.0.0");
  await settled("1.0.0");
  const before = await world.running();
  await end(first.child, "SIGKILL");
  expect(await world.running()).toEqual(before);

  const second = startAgent();
  await expect.poll(async () => (await world.running())?.pid, patience).not.toBe(before?.pid);
  await runs("1.0.0");
  expect(await readStatus(layoutOf(world.folder))).toMatchObject({
    installed: "1.0.0",
    agent: { running: true, pid: second.child.pid },
    program: { running: true, version: "1.0.0", pid: (await world.running())?.pid },
  });
  expect(await end(second.child, "SIGTERM"), second.log()).toBe(0);
  expect(await world.running()).toBeUndefined();
});

test("a program that dies is started again by the agent", async () => {
  startAgent();
  world.release("1.0.0");
  await runs("1.0.0");
  await settled("1.0.0");
  const before = await world.running();
  process.kill(before?.pid ?? 0, "SIGKILL");
  await expect
    .poll(async () => (await world.running())?.pid, patience)
    .toSatisfy((pid) => pid !== undefined && pid !== before?.pid);
});

test("a second agent is refused, and a running one takes requests", async () => {
  startAgent();
  world.release("1.0.0");
  await runs("1.0.0");
  const second = startAgent();
  expect(await once(second.child, "exit")).toEqual([1, null]);
  expect(second.log()).toContain("FOLDER_IN_USE");
  await expect((await openUpdater(world.options)).update()).rejects.toMatchObject({ code: "UPDATE_IN_PROGRESS" });

  const { signal } = new AbortController();
  const layout = layoutOf(world.folder);
  expect(await askAgent(layout, { do: "check" }, signal)).toMatchObject({ kind: "none" });
  world.release("2.0.0");
  await settled("2.0.0");
  expect(await askAgent(layout, { do: "rollback", reason: "I want to" }, signal)).toMatchObject({
    kind: "completed",
    version: "1.0.0",
  });
  await expect(askAgent(layout, { do: "rollback", reason: "again" }, signal)).rejects.toMatchObject({
    code: "NOTHING_TO_ROLL_BACK",
  });
});

test("no agent answers where none runs", async () => {
  expect(await askAgent(layoutOf(world.folder), { do: "check" }, new AbortController().signal)).toBeUndefined();
});

test("a version that was put off is not installed, and comes at once when the choice is taken back", async () => {
  startAgent();
  world.release("1.0.0");
  await settled("1.0.0");
  const { signal } = new AbortController();
  const layout = layoutOf(world.folder);
  const choose = (choice: Choice) => askAgent(layout, { do: "choose", choice }, signal);
  await expect.poll(() => choose({ choice: "skip", version: "2.0.0" }), patience).toMatchObject({ kind: "chosen" });
  world.release("2.0.0");
  await expect
    .poll(() => readStatus(layout), patience)
    .toMatchObject({ installed: "1.0.0", waiting: expect.stringMatching(/^it was skipped/) });
  // So the server may let somebody else have it meanwhile.
  await expect
    .poll(() => world.stub.reports.at(-1), patience)
    .toMatchObject({
      version: "2.0.0",
      status: "deferred",
      details: { reason: expect.stringMatching(/^it was skipped/) },
    });
  await expect(choose({ choice: "defer", untilMs: 1 })).rejects.toMatchObject({ code: "CHOICE_REFUSED" });
  await choose({ choice: "schedule", version: "2.0.0", atMs: Date.now() + 3_600_000 });
  await expect
    .poll(() => readStatus(layout), patience)
    .toMatchObject({ installed: "1.0.0", waiting: expect.stringMatching(/^it was scheduled for/) });
  await choose({ choice: "forget" });
  await settled("2.0.0");
});
