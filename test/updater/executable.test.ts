import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openServedDesk, pipelineText, type ServedDesk, until } from "../cli/harness.ts";

const execute = promisify(execFile);
const root = join(import.meta.dirname, "..", "..");
let built: string;
let said: string;
let desk: ServedDesk;

beforeAll(async () => {
  built = await mkdtemp(join(tmpdir(), "sluice-built-"));
  const build = await execute(process.execPath, [join(root, "scripts", "build-agent.ts"), "--out", built], {
    cwd: root,
  });
  said = build.stdout;
  desk = await openServedDesk();
  await desk.file("sluice.yaml", pipelineText());
  await desk.sluice(["apply", "-f", "sluice.yaml"]);
  await desk.file("app", "#!/bin/sh\nexec sleep 1000\n");
  await desk.sluice(["publish", "1.0.0", "--component", "app=app"]);
}, 120_000);

afterAll(async () => {
  await desk.clear();
  await rm(built, { recursive: true, force: true });
});

/** Nothing of this checkout is needed: no modules beside it, and of the environment only what a service has. */
const alone = () => ({ cwd: desk.folder, env: { HOME: desk.folder } });
const client = (...args: string[]) => execute(join(built, "sluice"), args, alone());
const script = (...args: string[]) => execute(process.execPath, [join(built, "sluice.cjs"), ...args], alone());

it("prints what was built, how large it is, and how long it takes to start", () => {
  expect(said).toMatch(/sluice\.cjs {2}\d+\.\d MB, `agent status` takes \d+ ms\n.*sluice {2}\d+\.\d MB, .* \d+ ms\n$/s);
});

it("does the client's side of everything as one executable file, against a real server", async () => {
  const token = ["--url", desk.server.url, "--token", desk.server.adminToken ?? ""];
  await client("agent", "init", "--app", "myapp", "--channel", "dev", "--dir", "client", ...token);
  const agent = (step: string, ...more: string[]) => client("agent", step, "--config", "client/agent.yaml", ...more);

  await until(
    async () => (await agent("check")).stdout,
    (answer) => answer.startsWith(`Version 1.0.0 is on offer (${desk.server.url}/api/v1/apps/myapp/releases/1.0.0)\n`),
  );
  expect((await agent("status")).stdout).toMatch(/^installed +nothing\n/);
  expect((await agent("update")).stdout).toBe("Version 1.0.0 is installed and healthy\n");
  expect(await readlink(join(desk.folder, "client", "install", "current"))).toBe("versions/1.0.0");
  expect((await agent("status")).stdout).toMatch(/^installed +1\.0\.0\n/);
  expect((await script("agent", "status", "--config", "client/agent.yaml")).stdout).toMatch(/^installed +1\.0\.0\n/);
  expect(JSON.parse((await client("schema", "agent")).stdout)).toMatchObject({ title: "Sluice agent" });
  await expect(client("serve")).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("unknown command") });
});

it("runs as the agent until it is told to stop", async () => {
  const running: ChildProcess = spawn(join(built, "sluice"), ["agent", "run", "--config", "client/agent.yaml"], {
    ...alone(),
    stdio: "ignore",
  });
  const ended = once(running, "exit");
  try {
    await until(
      async () => (await client("agent", "status", "--config", "client/agent.yaml")).stdout,
      (status) => status.includes(`runs as process ${running.pid}`),
    );
  } finally {
    running.kill("SIGTERM");
  }
  expect(await ended).toEqual([0, null]);
});
