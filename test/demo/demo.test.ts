import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { processesNaming } from "./processes.ts";

const main = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));

let folder: string;
let child: ChildProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-demo-test-"));
});
afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

/** Starts `sluice demo` with a folder for temporary files of its own. */
function startDemo(...args: string[]): { child: ChildProcess; said: () => string; complained: () => string } {
  const started = spawn(process.execPath, [main, "demo", ...args], {
    env: { ...process.env, TMPDIR: folder, NO_COLOR: "1" },
  });
  child = started;
  let out = "";
  let err = "";
  started.stdout.on("data", (chunk: Buffer) => {
    out += chunk;
  });
  started.stderr.on("data", (chunk: Buffer) => {
    err += chunk;
  });
  return { child: started, said: () => out, complained: () => err };
}

it("tells the whole story on real software, and leaves nothing behind", async () => {
  const demo = startDemo();
  const [code] = await once(demo.child, "close");
  const story = demo.said();
  expect({ code, complained: demo.complained(), story }).toMatchObject({ code: 0, complained: "" });
  for (const line of [
    /24 agents run: 6 on dev, 6 on beta, 12 on stable/,
    /0\.28\.0 runs on all 24 agents/,
    /0\.28\.1 goes to 10% of stable[\s\S]+0\.28\.1 goes to 50% of stable[\s\S]+0\.28\.1 goes to 100% of stable/,
    /0\.28\.1 in dev: up to 2 clients may be at risk at once[\s\S]+0\.28\.1 goes to 100% of dev/,
    /0\.28\.1 runs on all 24 agents/,
    /0\.28\.2 rolled back in dev to 0\.28\.1/,
    /went back by itself: Version 0\.28\.2 is not healthy: .*SIGILL/,
    /RELEASE +STAGE +CAME TO +ENTERED +COMPLETE +ENDED +REACHED +HARMED +ROLLED BACK/,
    /0\.28\.2 +dev +rolled-back/,
    /✓ esbuild: \d+ events, every link holds, borne out by the signed feeds of dev, beta, stable/,
    /✓ All as promised/,
  ])
    expect(story).toMatch(line);
  expect(await readdir(folder)).toEqual([]);
  expect(processesNaming(folder)).toEqual([]);
}, 240_000);

it("stops everything that it started when it is interrupted", async () => {
  const demo = startDemo();
  await expect.poll(demo.said, { timeout: 60_000 }).toMatch(/agents run/);
  expect(processesNaming(folder).length).toBeGreaterThan(20);
  demo.child.kill("SIGINT");
  const [code] = await once(demo.child, "close");
  expect(code).toBe(1);
  expect(demo.complained()).toMatch(/Interrupted/);
  expect(await readdir(folder)).toEqual([]);
  expect(processesNaming(folder)).toEqual([]);
}, 120_000);
