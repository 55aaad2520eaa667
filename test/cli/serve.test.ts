import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";

const main = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));

let folder: string;
let children: ChildProcess[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-serve-"));
  children = [];
});
afterEach(async () => {
  for (const child of children)
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "close");
    }
  await rm(folder, { recursive: true, force: true });
});

/** Starts `sluice ARGS` in the folder, as somebody would who has set nothing. */
function sluice(...args: string[]) {
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, env: { PATH: process.env.PATH } });
  children.push(child);
  const said = { out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    said.out += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    said.err += chunk;
  });
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, ...said }));
  return { child, said, ended };
}

async function started(server: ReturnType<typeof sluice>): Promise<void> {
  await expect.poll(() => server.said.out, { timeout: 30_000 }).toMatch(/Ctrl-C|pid/);
}

it("prints its address and, once, its admin token, which commands beside the folder find", async () => {
  const first = sluice("serve", "--port", "0");
  await started(first);
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(first.said.out)?.[0] ?? "";
  const token = /token {2}(\S+)/.exec(first.said.out)?.[1];
  expect(first.said.err).toBe("");
  const path = join(folder, ".sluice", "admin.token");
  expect((await readFile(path, "utf8")).trim()).toBe(token);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await sluice("init").ended).toMatchObject({ code: 0 });
  expect(await sluice("apply", "-f", "sluice.yaml", "--url", url).ended).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^Created myapp/),
  });
  first.child.kill("SIGTERM");
  expect(await first.ended).toMatchObject({ code: 0, err: "" });

  const second = sluice("serve", "--port", "0", "--json");
  await started(second);
  const told = JSON.parse(second.said.out);
  expect(told).toMatchObject({ dataDir: join(folder, ".sluice"), pid: second.child.pid });
  expect(told.adminToken).toBeUndefined();
  expect(await sluice("status", "--url", told.url).ended).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^myapp/),
  });
  second.child.kill("SIGINT");
  expect((await second.ended).code).toBe(0);
});

it("refuses a folder that another server has, and says who", async () => {
  const first = sluice("serve", "--port", "0");
  await started(first);
  const second = await sluice("serve", "--port", "0").ended;
  expect(second).toMatchObject({
    code: 5,
    out: "",
    err: expect.stringMatching(new RegExp(`in use by process ${first.child.pid} since .*--data`, "s")),
  });
  const problem = await sluice("serve", "--port", "0", "--json").ended;
  expect(JSON.parse(problem.err)).toMatchObject({ code: "DATA_FOLDER_IN_USE", exitCode: 5 });
});

it("says that a port is in use", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  try {
    const refused = await sluice("serve", "--port", String(port)).ended;
    expect(refused).toMatchObject({
      code: 5,
      out: "",
      err: expect.stringMatching(new RegExp(`Port ${port} of 127\\.0\\.0\\.1 is in use[\\s\\S]*--port`)),
    });
  } finally {
    other.close();
  }
});
