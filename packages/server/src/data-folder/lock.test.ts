import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockDataFolder } from "./lock.ts";

let parent: string;
let dir: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "sluice-lock-"));
  dir = join(parent, ".sluice");
});
afterEach(async () => {
  for (const child of children.splice(0)) await end(child, "SIGKILL");
  await rm(parent, { recursive: true });
});

/** Starts a process that wants the folder. @returns it with the first line that it says. */
async function startHolder(): Promise<{ child: ChildProcess; said: string }> {
  const script = fileURLToPath(new URL("./lock-holder.ts", import.meta.url));
  const child = spawn(process.execPath, [script, dir], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { child, said: line.toString() };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}

describe("lockDataFolder", () => {
  it("makes the folder for its owner alone, and tells who has it", async () => {
    const lock = await lockDataFolder(dir, { port: 7070 });
    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    const info = JSON.parse(await readFile(join(dir, "server.json"), "utf8"));
    expect(info).toEqual({ pid: process.pid, startedAt: expect.stringMatching(/^\d{4}-.*Z$/), port: 7070 });
    expect(Math.abs(Date.parse(info.startedAt) - (Date.now() - process.uptime() * 1_000))).toBeLessThan(5_000);
    await lock.listening(7171);
    expect(JSON.parse(await readFile(join(dir, "server.json"), "utf8")).port).toBe(7171);
    await lock.release();
    await expect(stat(join(dir, "server.json"))).rejects.toThrow(/ENOENT/);
  });

  it("refuses a second server, and names the first", async () => {
    const { child } = await startHolder();
    await expect(lockDataFolder(dir)).rejects.toMatchObject({
      code: "DATA_FOLDER_IN_USE",
      message: expect.stringMatching(
        new RegExp(`${dir} is in use by process ${child.pid} since \\d{4}-\\d\\d-\\d\\dT`),
      ),
    });
    const { said } = await startHolder();
    expect(said).toMatch(/^refused: .* is in use by process/);
    // Being refused must not have loosened the holder's lock.
    await expect(lockDataFolder(dir)).rejects.toMatchObject({ code: "DATA_FOLDER_IN_USE" });
  });

  it("refuses a second lock in the same process, and gives it after the release", async () => {
    const lock = await lockDataFolder(dir);
    await expect(lockDataFolder(dir)).rejects.toMatchObject({ code: "DATA_FOLDER_IN_USE" });
    expect((await startHolder()).said).toMatch(/^refused/);
    await lock.release();
    await lock.release();
    await (await lockDataFolder(dir)).release();
  });

  it("gets the folder after its holder ended, and after it was killed", async () => {
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      const { child, said } = await startHolder();
      expect(said).toBe("locked\n");
      await end(child, signal);
      const lock = await lockDataFolder(dir);
      expect(JSON.parse(await readFile(join(dir, "server.json"), "utf8")).pid).toBe(process.pid);
      await lock.release();
    }
  });

  it("gives it to exactly one of many that start at once", async () => {
    const said = (await Promise.all(Array.from({ length: 4 }, startHolder))).map((holder) => holder.said);
    expect(said.filter((line) => line === "locked\n").length).toBe(1);
    expect(said.filter((line) => line.startsWith("refused")).length).toBe(3);
  });

  it("does not blame a dead process for a lock that another holds", async () => {
    const { child: dead } = await startHolder();
    await end(dead, "SIGKILL");
    const lock = await lockDataFolder(dir);
    await writeFile(join(dir, "server.json"), JSON.stringify({ pid: dead.pid, startedAt: "2024-03-15T10:00:00.000Z" }));
    await expect(lockDataFolder(dir)).rejects.toThrow(/is in use by another process/);
    await lock.release();
  });

  it("says that a folder cannot be made", async () => {
    await writeFile(dir, "a file");
    await expect(lockDataFolder(dir)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });
});
