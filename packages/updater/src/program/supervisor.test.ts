import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Layout, layoutOf } from "../disk/layout.ts";
import { systemClock } from "../ports/clock.ts";
import { silentLog } from "../ports/log.ts";
import { systemPorts } from "../ports/ports.ts";
import { bootId, runIdVariable, startTicks } from "./processes.ts";
import { readRun, writeRun } from "./run-file.ts";
import { stopRun } from "./stop-run.ts";
import { openSupervisor, type Supervisor } from "./supervisor.ts";

let layout: Layout;

beforeEach(async () => {
  layout = layoutOf(await mkdtemp(join(tmpdir(), "sluice-program-")));
});

afterEach(async () => {
  await stopRun(layout, systemClock, 100);
  await rm(layout.folder, { recursive: true, force: true });
});

const place = () => ({ folder: layout.folder, version: "1.0.0" });

function supervise(script: string, stopTimeoutMs = 5_000): Supervisor {
  return openSupervisor({
    layout,
    ports: systemPorts,
    log: silentLog,
    command: { command: [process.execPath, "-e", script, "{current}", "{version}"] },
    stopTimeoutMs,
  });
}

const output = () => readFile(layout.programLog, "utf8").catch(() => "");

test("the program gets its placeholders, and its output goes to a file", async () => {
  const program = supervise("console.log(process.argv.slice(1).join(), process.cwd()); setInterval(() => {}, 1000)");
  await program.start(place(), false);
  await expect.poll(output).toBe(`${layout.folder},1.0.0 ${layout.folder}\n`);
  await program.stop();
});

test("a program that ends is started again; one that was stopped is not", async () => {
  const program = supervise("console.log('up'); setInterval(() => {}, 1000)");
  await program.start(place(), true);
  await expect.poll(output).toBe("up\n");
  const first = (await readRun(layout))?.pid ?? 0;
  process.kill(first, "SIGKILL");
  await expect.poll(output, { timeout: 5_000 }).toBe("up\nup\n");
  await expect.poll(async () => (await readRun(layout))?.pid).not.toBe(first);
  expect(program.ended()).toBeUndefined();
  const second = (await readRun(layout))?.pid ?? 0;
  await program.stop();
  expect(startTicks(second)).toBeUndefined();
  expect(await readRun(layout)).toBeUndefined();
});

test("its end is only noted where it is not to be started again", async () => {
  const program = supervise("process.exit(7)");
  await program.start(place(), false);
  await expect.poll(() => program.ended()).toMatch(/^it ended with code 7 after \d+ ms$/);
});

test("what cannot be started is a failure that says why", async () => {
  const program = openSupervisor({
    layout,
    ports: systemPorts,
    log: silentLog,
    command: { command: ["{current}/nothing"] },
    stopTimeoutMs: 100,
  });
  await expect(program.start(place(), false)).rejects.toMatchObject({ code: "PROGRAM_FAILED" });
  expect(program.ended()).toMatch("ENOENT");
});

test("a program that ignores SIGTERM is killed after the stop timeout, with all its group", async () => {
  const program = supervise(
    `process.on("SIGTERM", () => {});
     const child = require("node:child_process").spawn("sleep", ["600"]);
     console.log(child.pid); setInterval(() => {}, 1000)`,
    200,
  );
  await program.start(place(), true);
  await expect.poll(output).toMatch(/^\d+\n$/);
  const grandchild = Number(await output());
  await program.stop();
  expect(startTicks(grandchild)).toBeUndefined();
});

test("a program that was started by an updater that is gone is found and stopped", async () => {
  const program = supervise("setInterval(() => {}, 1000)");
  await program.start(place(), true);
  const pid = (await readRun(layout))?.pid ?? 0;
  program.release();
  await supervise("setInterval(() => {}, 1000)").stop();
  expect(startTicks(pid)).toBeUndefined();
});

test("a program whose process nobody had time to write down is found by its run's id", async () => {
  const orphan = spawn("sleep", ["600"], { detached: true, stdio: "ignore", env: { [runIdVariable]: "the-run" } });
  await once(orphan, "spawn");
  await writeRun(layout, { runId: "the-run", boot: bootId() });
  await stopRun(layout, systemClock, 1_000);
  expect(startTicks(orphan.pid ?? 0)).toBeUndefined();
});

test("another process that has got the same id since is left alone", async () => {
  const other = spawn("sleep", ["600"], { stdio: "ignore" });
  await once(other, "spawn");
  const pid = other.pid ?? 0;
  await writeRun(layout, { runId: "r", boot: bootId(), pid, startTicks: "1" });
  await stopRun(layout, systemClock, 1_000);
  expect(startTicks(pid)).toBeDefined();
  await writeRun(layout, { runId: "r", boot: "another boot", pid, startTicks: startTicks(pid) });
  await stopRun(layout, systemClock, 1_000);
  expect(startTicks(pid)).toBeDefined();
  other.kill("SIGKILL");
});
