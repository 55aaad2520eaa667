import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { layoutOf } from "../disk/layout.ts";
import { takeLock } from "../disk/lock.ts";
import { openWorld, type World } from "../testing/world.ts";
import { openUpdater } from "../updater.ts";
import { agentCheck, agentRollback, agentRun, agentStatus, agentUpdate, type CommandOptions } from "./commands.ts";

let world: World;
let config: string;
let out: string;
let err: string;

beforeEach(async () => {
  world = await openWorld();
  config = join(world.folder, "agent.yaml");
  await writeConfig(world.stub.url);
  out = "";
  err = "";
});

afterEach(() => world.end());

const writeConfig = (server: string) =>
  writeFile(config, `app: myapp\nserver: ${server}\nroot: ./root.json\nfolder: .\nclient-id: machine-1\n`);

const options = (json = false): CommandOptions => ({
  json,
  signal: new AbortController().signal,
  write: (text) => {
    out += text;
  },
  writeError: (text) => {
    err += text;
  },
});

test("a check that finds nothing is done", async () => {
  expect(await agentCheck(config, options())).toBe(0);
  expect(out).toBe("Nothing to install: up-to-date\n");
  expect(await agentUpdate(config, options(true))).toBe(0);
  expect(JSON.parse(out.split("\n")[1] ?? "")).toEqual({ kind: "none", reason: "up-to-date" });
});

test("a configuration that cannot be used is a matter of usage", async () => {
  await writeFile(config, "app: myapp\n");
  for (const command of [agentRun, agentCheck, agentUpdate, agentStatus])
    expect(await command(config, options())).toBe(2);
  expect(await agentCheck(join(world.folder, "nothing.yaml"), options())).toBe(2);
  expect(err).toContain(`${config}:1:1: server`);
});

test("an update in progress is a conflict, told in one JSON document where that is asked for", async () => {
  const giveBack = takeLock(layoutOf(world.folder), "update");
  expect(await agentUpdate(config, options(true))).toBe(5);
  expect(JSON.parse(err)).toMatchObject({ code: "UPDATE_IN_PROGRESS" });
  giveBack();
});

test("a server that does not answer is not reachable", async () => {
  await writeConfig("http://127.0.0.1:1");
  expect(await agentCheck(config, options())).toBe(6);
});

test("there is nothing to go back to at first", async () => {
  expect(await agentRollback(config, { ...options(), reason: "why not" })).toBe(4);
});

test("the status tells what the last check found, also one that was made by hand", async () => {
  await agentCheck(config, options());
  out = "";
  await agentStatus(config, options());
  expect(out).toMatch(/last check +20\S+Z {2}nothing to install: up-to-date\n/);
  await writeConfig("http://127.0.0.1:1");
  await agentCheck(config, options());
  out = "";
  await agentStatus(config, options());
  expect(out).toMatch(/last check +20\S+Z {2}failed: The update server http:\/\/127\.0\.0\.1:1 cannot be asked/);
});

test("the status is told to people and to scripts", async () => {
  world.release("1.0.0");
  await (await openUpdater(world.options)).update();
  expect(await agentStatus(config, options())).toBe(0);
  expect(out).toMatch(/installed +1\.0\.0\n/);
  expect(out).toMatch(/program +runs as process \d+ \(1\.0\.0\)\n/);
  out = "";
  expect(await agentStatus(config, options(true))).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    installed: "1.0.0",
    state: "idle",
    agent: { running: false },
    unsentReports: 2,
  });
});

test("two processes cannot update at the same time", async () => {
  world.release("1.0.0");
  const asked = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  world.stub.intercept = (request, response) => {
    if (!request.url?.includes("/blobs/")) return false;
    asked.resolve();
    void goOn.promise.then(() => response.destroy());
    return true;
  };
  const first = (await openUpdater(world.options)).update();
  await asked.promise;
  const script = `
    const { agentUpdate } = await import(${JSON.stringify(new URL("./commands.ts", import.meta.url).href)});
    const { signal } = new AbortController();
    const write = (text) => process.stdout.write(text);
    process.exitCode = await agentUpdate(${JSON.stringify(config)}, { json: false, signal, write, writeError: write });`;
  const second = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = await once(second.stdout, "data");
  expect(await once(second, "exit")).toEqual([5, null]);
  expect(String(said)).toContain(`in progress already (process ${process.pid})`);
  world.stub.intercept = undefined;
  goOn.resolve();
  expect(await first).toMatchObject({ kind: "completed" });
});
