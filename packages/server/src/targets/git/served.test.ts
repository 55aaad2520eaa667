import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { sha256Of, startTestServer, type TestServer } from "../../http/test-server.ts";
import { FakeForge } from "./forge/fake-forge.ts";
import { TestEnvironment } from "./test-environment.ts";

const hasGit = (process.env.PATH ?? "").split(":").some((folder) => existsSync(join(folder, "git")));

const pipeline = (more: object = {}) => {
  const git = { repository: "envs.git", files: [{ text: { path: "prod/version", set: "{version}" } }], ...more };
  return JSON.stringify({ apiVersion: "sluice/v1", app: "shop", stages: [{ name: "prod", targets: [{ git }] }] });
};

// Skipped where git is missing: what it does is the whole matter.
describe.skipIf(!hasGit)("a server whose stage is in a repository", () => {
  let environment: TestEnvironment;
  let folder: string;
  let sluice: TestServer | undefined;
  beforeEach(async () => {
    environment = new TestEnvironment({ "prod/version": "0.9.0\n" });
    folder = await mkdtemp(join(tmpdir(), "sluice-served-"));
  });
  afterEach(async () => {
    await sluice?.close();
    sluice = undefined;
    await rm(folder, { recursive: true, force: true });
    environment.remove();
  });

  test("finds what was pushed when it was killed before it could note it, and pushes nothing twice", async () => {
    const pushed = join(environment.home, "pushed");
    const hook = join(environment.repository, "hooks", "post-receive");
    writeFileSync(hook, `#!/bin/sh\ntouch "${pushed}"\nsleep 600\n`, { mode: 0o755 });
    const child = fork(join(import.meta.dirname, "../../server-to-kill.ts"), [folder, "", environment.folder], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const [{ url, adminToken }] = (await once(child, "message")) as [{ url: string; adminToken: string }];
    const headers = { authorization: `Bearer ${adminToken}` };
    const send = (method: string, path: string, type: string, body: string) =>
      fetch(url + path, { method, body, headers: { ...headers, "content-type": `application/${type}` } });
    await send("PUT", "/api/v1/apps/shop/pipeline", "yaml", pipeline());
    await send("PUT", `/api/v1/blobs/${sha256Of("content")}`, "octet-stream", "content");
    const component = { name: "program", kind: "file", sha256: sha256Of("content"), size: 7 };
    await send(
      "POST",
      "/api/v1/apps/shop/releases",
      "json",
      JSON.stringify({ version: "1.0.0", components: [component] }),
    );
    await vi.waitFor(() => expect(existsSync(pushed)).toBe(true), { timeout: 60_000, interval: 50 });
    const killed = once(child, "exit");
    child.kill("SIGKILL");
    await killed;
    rmSync(hook);
    const server = await startTestServer({ dataDir: folder, repositoriesDir: environment.folder, pushTo: ["."] });
    sluice = server;
    let events: { type: string; data: { evidence?: unknown } }[] = [];
    await server.until("it is live", async () => {
      const { body } = await server.call("GET", "/api/v1/apps/shop/events", { token: null, headers });
      events = body.events as typeof events;
      return events.some(({ type }) => type === "PromotionCompleted");
    });
    expect(environment.run("rev-list", "--count", "main")).toBe("2");
    expect(environment.read("prod/version")).toBe("1.0.0");
    const applied = events.filter(({ type }) => type === "TargetApplied");
    expect(applied).toMatchObject([
      { data: { evidence: { deploy: { commit: environment.run("rev-parse", "main"), changed: [] } } } },
    ]);
  });

  test("waits for a pull request, and takes the release back when somebody closes it", async () => {
    const forge = new FakeForge("github");
    const api = await forge.listen();
    try {
      const server = await startTestServer({
        dataDir: folder,
        repositoriesDir: environment.folder,
        pushTo: ["."],
        secrets: () => FakeForge.token,
      });
      sluice = server;
      const on = { github: { repository: "acme/envs", token: "TOKEN", api } };
      const body = pipeline({ "pull-request": { on, "check-every": "1s" } });
      expect(await server.call("PUT", "/api/v1/apps/shop/pipeline", { body })).toMatchObject({ status: 200 });
      await server.publish("shop", "1.0.0");
      const stage = async () => (await server.call("GET", "/api/v1/apps/shop/status")).body as unknown as Status;
      const why = "git: pull request https://forge.example/acme/envs/pull/1 is to be merged";
      await server.until("it waits for the merge", async () =>
        (await stage()).stages.some(({ active }) => active?.waitsFor === `waits for its target ${why}`),
      );
      Object.assign(forge.pulls[0] ?? {}, { state: "closed", by: "ada" });
      await server.until(
        "it is rolled back",
        async () => (await stage()).stages[0]?.rolledBack.includes("1.0.0") === true,
      );
      expect((await stage()).openIssues).toMatchObject([
        {
          title: expect.stringMatching(
            /pull request https:\/\/forge\.example\/acme\/envs\/pull\/1 was closed unmerged by ada$/,
          ),
        },
      ]);
      expect(environment.read("prod/version")).toBe("0.9.0");
    } finally {
      await forge.close();
    }
  });
});

interface Status {
  readonly stages: readonly { readonly active: { readonly waitsFor: string } | null; readonly rolledBack: string[] }[];
  readonly openIssues: readonly { readonly title: string }[];
}
