import { execFile, execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../http/test-server.ts";
import { writeImage } from "../registry/testing/image-layout.ts";
import { noRegistries, type RunningRegistry, startRegistry } from "../registry/testing/registry-process.ts";
import { TestEnvironment } from "../targets/git/test-environment.ts";

const run = promisify(execFile);
const hasGit = (process.env.PATH ?? "").split(":").some((folder) => existsSync(join(folder, "git")));
const skipped = noRegistries();

interface Event {
  readonly type: string;
  readonly actor: string;
  readonly data: Readonly<Record<string, unknown>>;
}

// Skipped where git is missing: what it says is the whole matter.
describe.skipIf(!hasGit)("releases are discovered", () => {
  let source: TestEnvironment;
  let sluice: TestServer;
  beforeEach(async () => {
    source = new TestEnvironment({ "src/main.tf": "one\n", "README.md": "read me\n" });
    sluice = await startTestServer({ repositoriesDir: source.folder });
  });
  afterEach(async () => {
    await sluice.close();
    source.remove();
  });

  let every = "1s";
  const apply = async (...subscriptions: string[]) => {
    const body = `apiVersion: sluice/v1\napp: shop\ndiscover:\n  every: ${every}\n  subscriptions:\n${subscriptions.map((one) => `    - ${one}\n`).join("")}stages:\n  - name: dev\n`;
    expect(await sluice.call("PUT", "/api/v1/apps/shop/pipeline", { body })).toMatchObject({ status: 200 });
  };
  const events = async (type: string): Promise<Event[]> => {
    const { body } = await sluice.call("GET", "/api/v1/apps/shop/events?limit=500");
    return (body.events as Event[]).filter((event) => event.type === type);
  };
  const live = (version: string) =>
    sluice.until(`${version} is live`, async () => {
      const { body } = await sluice.call("GET", "/api/v1/apps/shop/status");
      return (body.stages as { live: { version: string } | null }[])[0]?.live?.version === version;
    });
  const said = (reason: RegExp) =>
    sluice.until(`it is said: ${reason}`, async () =>
      (await events("DiscoveryProblemFound")).some(({ data }) => reason.test(String(data.reason))),
    );
  const tag = (name: string) => source.run("tag", "--annotate", "--force", "--message", name, name, "main");

  test("from the tags of a repository, with the commit and its files, and each once", async () => {
    tag("v1.0.0");
    tag("v1");
    tag("nightly");
    const first = source.run("rev-parse", "main");
    await apply("git: { repository: envs.git, archive: src, semver: ^1.0.0 }");
    await live("1.0.0");
    source.change({ "src/main.tf": "two\n" }, "Two");
    tag("v1.1.0");
    tag("v2.0.0");
    await live("1.1.0");
    await sluice.restart();
    tag("v1.2.0");
    await live("1.2.0");
    const published = await events("ReleasePublished");
    expect(published.map(({ data, actor }) => [(data.manifest as { version: string }).version, actor])).toEqual([
      ["1.0.0", "sluice"],
      ["1.1.0", "sluice"],
      ["1.2.0", "sluice"],
    ]);
    const manifest = published[0]?.data.manifest as { commit: string; components: { sha256: string; size: number }[] };
    expect(manifest).toMatchObject({ commit: first, components: [{ name: "source", kind: "folder" }] });
    const { sha256 = "" } = manifest.components[0] ?? {};
    const archive = await fetch(`${sluice.server.url}/api/v1/blobs/${sha256}`, {
      headers: { authorization: `Bearer ${sluice.adminToken}` },
    });
    const listed = execFileSync("tar", ["-xO", "-f", "-", "src/main.tf"], {
      input: Buffer.from(await archive.arrayBuffer()),
    });
    expect(listed.toString()).toBe("one\n");
    expect(await events("DiscoveryProblemFound")).toEqual([]);
  });

  test("and a tag that moves afterwards is said once, and changes nothing", async () => {
    tag("v1.0.0");
    await apply("git: { repository: envs.git, archive: . }");
    await live("1.0.0");
    source.change({ "src/main.tf": "other\n" }, "Other");
    tag("v1.0.0");
    await said(/^tag v1\.0\.0 is at [0-9a-f]{12} now; 1\.0\.0 was published from [0-9a-f]{12} and stays so$/);
    tag("v1.1.0");
    await live("1.1.0");
    source.run("tag", "--delete", "v1.1.0");
    tag("v1.2.0");
    await live("1.2.0");
    expect(await events("DiscoveryProblemFound")).toHaveLength(1);
    expect(await events("ReleasePublished")).toHaveLength(3);
  });

  test("at once where the forge tells of a tag", async () => {
    every = "24h";
    await apply("git: { repository: envs.git, archive: . }");
    every = "1s";
    const { body: hook } = await sluice.call("POST", "/api/v1/apps/shop/hooks/github", {
      body: { repository: "acme/shop" },
    });
    tag("v1.0.0");
    const told = JSON.stringify({
      ref: "refs/tags/v1.0.0",
      after: source.run("rev-parse", "v1.0.0"),
      created: true,
      deleted: false,
      head_commit: { id: source.run("rev-parse", "main") },
      repository: { full_name: "acme/shop" },
      sender: { login: "ada" },
    });
    const signature = createHmac("sha256", String(hook.secret)).update(told).digest("hex");
    const delivered = await sluice.call("POST", "/api/v1/hooks/github", {
      token: null,
      body: Buffer.from(told),
      headers: {
        "content-type": "application/json",
        "x-github-event": "push",
        "x-github-delivery": "72d3162e-cc78-11e3-81ab-000000000001",
        "x-hub-signature-256": `sha256=${signature}`,
      },
    });
    expect(delivered.status).toBeLessThan(300);
    await live("1.0.0");
  });

  test("not from a repository that is not there, which is said once", async () => {
    await apply("git: { repository: gone.git, archive: . }");
    await said(/is not in the server's folder for repositories/);
    tag("v1.0.0");
    await apply("git: { repository: envs.git, archive: . }");
    await live("1.0.0");
    expect(await events("DiscoveryProblemFound")).toHaveLength(1);
  });

  describe.skipIf(skipped !== undefined)(`from a registry${skipped === undefined ? "" : ` (${skipped})`}`, () => {
    let folder: string;
    let registry: RunningRegistry;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "sluice-discovery-"));
      registry = await startRegistry(join(folder, "registry"));
    });
    afterEach(async () => {
      await registry.stop();
      await rm(folder, { recursive: true, force: true });
    });

    const push = async (name: string, version: string, content = version): Promise<string> => {
      const layout = await mkdtemp(join(folder, "layout-"));
      const platforms = [{ architecture: "amd64", layers: [Buffer.from(`${name} ${content}`)] }];
      const digest = await writeImage(layout, { shared: [], platforms });
      const to = `docker://${registry.host}/shop/${name}:${version}`;
      await run("skopeo", [
        "copy",
        "-q",
        "--preserve-digests",
        "--all",
        "--dest-tls-verify=false",
        `oci:${layout}:it`,
        to,
      ]);
      return digest;
    };

    test("by digest, when all of its images have the version, together with the tag of the source", async () => {
      const image = (name: string) =>
        `image: { name: ${name}, repository: "${registry.host}/shop/${name}", semver: ">=1" }`;
      const web = await push("web", "1.0.0");
      tag("v1.0.0");
      await apply("git: { repository: envs.git }", image("web"), image("api"));
      const api = await push("api", "1.0.0");
      await live("1.0.0");
      const [published] = await events("ReleasePublished");
      expect(published?.data.manifest).toMatchObject({
        commit: source.run("rev-parse", "main"),
        components: [
          { name: "web", kind: "image", repository: `${registry.host}/shop/web`, sha256: web.slice(7) },
          { name: "api", kind: "image", sha256: api.slice(7) },
        ],
      });
      await push("web", "1.0.0", "rebuilt");
      await said(/^its tag 1\.0\.0 is sha256:[0-9a-f]{12} now; 1\.0\.0 was published with sha256:/);
      expect(await events("ReleasePublished")).toHaveLength(1);
    });
  });
});
