import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Layout, layoutOf } from "./layout.ts";
import { readHolder, takeLock } from "./lock.ts";

let layout: Layout;

beforeEach(async () => {
  layout = layoutOf(await mkdtemp(join(tmpdir(), "sluice-lock-")));
});

afterEach(() => rm(layout.folder, { recursive: true, force: true }));

test("within a process the lock is held once, and can be taken again when it was given back", () => {
  const giveBack = takeLock(layout, "update");
  expect(() => takeLock(layout, "update")).toThrow(expect.objectContaining({ code: "UPDATE_IN_PROGRESS" }));
  giveBack();
  takeLock(layout, "update")();
});

test("an agent that meets another says so; who meets an agent is told that too", () => {
  const giveBack = takeLock(layout, "agent");
  expect(() => takeLock(layout, "agent")).toThrow(expect.objectContaining({ code: "FOLDER_IN_USE" }));
  expect(() => takeLock(layout, "update")).toThrow(`process ${process.pid}`);
  giveBack();
});

test("the lock of a process that was killed is free at once", async () => {
  const script = `
    const { layoutOf } = await import(${JSON.stringify(new URL("./layout.ts", import.meta.url).href)});
    const { takeLock } = await import(${JSON.stringify(new URL("./lock.ts", import.meta.url).href)});
    takeLock(layoutOf(${JSON.stringify(layout.folder)}), "agent");
    // Also when its owner forgets all about it, as garbage collection would find out.
    globalThis.gc();
    console.log("held");
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--expose-gc", "--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    await once(child.stdout, "data");
    expect(readHolder(layout)).toMatchObject({ pid: child.pid, purpose: "agent" });
    expect(() => takeLock(layout, "agent")).toThrow(expect.objectContaining({ code: "FOLDER_IN_USE" }));
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  expect(readHolder(layout)).toBeUndefined();
  takeLock(layout, "agent")();
});
