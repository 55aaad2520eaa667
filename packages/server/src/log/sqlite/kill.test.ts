import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readVerified } from "../sample.ts";
import { openSqlite } from "./open.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-kill-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs the writer until it has acknowledged something and `extraMs` more, then kills it. @returns what it printed. */
async function writeUntilKilled(path: string, extraMs: number): Promise<string[]> {
  const script = fileURLToPath(new URL("./kill-writer.ts", import.meta.url));
  const child = spawn(process.execPath, [script, path], { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => {
    if (printed === "") setTimeout(() => child.kill("SIGKILL"), extraMs);
    printed += chunk.toString();
  });
  const [code, signal] = await once(child, "close");
  expect([code, signal]).toEqual([null, "SIGKILL"]);
  // The last line may have been cut in the middle; then it was not yet an acknowledgement to anybody.
  return printed.split("\n").slice(0, -1);
}

it("loses nothing that it acknowledged when it is killed at any moment", async () => {
  const path = join(folder, "sluice.db");
  const acknowledged = new Map<string, string>();
  for (let round = 0; round < 6; round++) {
    const lines = await writeUntilKilled(path, Math.random() * 150);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      const [app = "", seq = "", hash = ""] = line.split(" ");
      acknowledged.set(`${app} ${seq}`, hash);
    }
    const stores = await openSqlite(path);
    const stored = new Map<string, string>();
    for (const { app, seq } of await stores.events.heads()) {
      const events = await readVerified(stores.events, app, 1_000);
      expect(events.length).toBe(seq);
      // Each append was of three events: all or none.
      expect(seq % 3).toBe(0);
      for (const event of events) stored.set(`${app} ${event.seq}`, event.hash);
    }
    await stores.close();
    const lost = [...acknowledged].filter(([key, hash]) => stored.get(key) !== hash);
    expect(lost).toEqual([]);
  }
});
