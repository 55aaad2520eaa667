import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { systemClock } from "@sluice/server/clock/clock.ts";
import { expect, test } from "vitest";
import { openClient, serveFeeds, temporaryFolder } from "./fixture.ts";
import { openApp } from "./fixture-data.ts";

const publisher = `${import.meta.dirname}/publish-forever.ts`;

/** Lets a process publish, kills it in the middle of it, and says what it published last. */
async function publishUntilKilled(data: string, first: number, extraMs: number): Promise<number> {
  const child = spawn(process.execPath, [publisher, data, String(first)], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  let last = -1;
  for await (const line of createInterface({ input: child.stdout })) {
    // At a different moment of the next publication each time; what was written until the kill arrives is counted too.
    if (last === -1) setTimeout(() => child.kill("SIGKILL"), extraMs);
    last = Number(line);
  }
  expect(await ended).toEqual([null, "SIGKILL"]);
  return last;
}

test("a server that is killed while it publishes loses nothing, and no client is turned away", async () => {
  const data = await temporaryFolder();
  const first = await openApp(data, "myapp", systemClock);
  const server = await serveFeeds(first, "myapp");
  const faithful = await openClient(server, first.rootJson());
  let next = 0;
  for (let round = 0; round < 12; round++) {
    const last = await publishUntilKilled(data, next, 3 + round * 1.3);
    server.repository = await openApp(data, "myapp", systemClock);
    const newcomer = await openClient(server, server.repository.rootJson());
    await faithful.refresh();
    const [seen, seenAnew] = [await faithful.feed("stable"), await newcomer.feed("stable")];
    expect(seenAnew).toEqual(seen);
    const [release] = seen.releases;
    const version = Number(release?.version.split(".")[2]);
    // What was acknowledged is there; the one that was in the making may be.
    expect(version - last).toBeOneOf([0, 1]);
    expect((await newcomer.manifest(String(release?.version), String(release?.manifest))).app).toBe("myapp");
    next = version + 1;
  }
});
