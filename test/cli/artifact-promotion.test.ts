import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { writeImage } from "@sluice/server/registry/testing/image-layout.ts";
import { noRegistries, type RunningRegistry, startRegistry } from "@sluice/server/registry/testing/registry-process.ts";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openServedDesk, type ServedDesk } from "./harness.ts";

const run = promisify(execFile);
const skipped = noRegistries();
const services = ["frontend", "backend", "ai-service"];

/** Artifact promotion, whole: what was tested in staging is what runs in production, by its digests. */
describe.skipIf(skipped !== undefined)(`artifact promotion${skipped === undefined ? "" : ` (${skipped})`}`, () => {
  let root: string;
  let staging: RunningRegistry;
  let production: RunningRegistry;
  let desk: ServedDesk;
  const pushed = new Map<string, string>();

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "sluice-artifacts-"));
    staging = await startRegistry(join(root, "staging"));
    production = await startRegistry(join(root, "production"));
    desk = await openServedDesk();
    for (const version of ["0.1.5", "0.1.6"]) {
      for (const service of services) {
        const layout = join(root, `${service}-${version}`);
        const platforms = ["amd64", "arm64"].map((architecture) => ({ architecture, layers: [randomBytes(1_000)] }));
        pushed.set(`${service} ${version}`, await writeImage(layout, { shared: [randomBytes(10_000)], platforms }));
        const to = `docker://${staging.host}/todo/${service}:${version}`;
        const copy = ["copy", "-q", "--all", "--preserve-digests", "--dest-tls-verify=false"];
        await run("skopeo", [...copy, `oci:${layout}:it`, to]);
      }
    }
  }, 60_000);
  afterAll(async () => {
    await desk?.clear();
    await staging?.stop();
    await production?.stop();
    await rm(root, { recursive: true, force: true });
  });

  const publish = (version: string) =>
    desk.sluice([
      "publish",
      version,
      ...services.flatMap((name) => ["--component", `${name}=oci://${staging.host}/todo/${name}:${version}`]),
    ]);
  const bytesAt = async (host: string, image: string) =>
    (await run("skopeo", ["inspect", "--raw", "--tls-verify=false", `docker://${host}/${image}`])).stdout;
  const isLive = (version: string) =>
    vi.waitFor(
      async () => {
        const { stages } = (await desk.sluice(["status", "--json"])).json() as {
          stages: { live: { version: string } | null; targets: { state: string; has: string | null }[] }[];
        };
        expect(stages[0]).toMatchObject({ live: { version }, targets: [{ state: "applied", has: version }] });
      },
      { timeout: 20_000, interval: 100 },
    );

  test("publishes by tag, promotes by digest, and goes back by promoting the older version", async () => {
    await desk.file(
      "sluice.yaml",
      `apiVersion: sluice/v1
app: todo
stages:
  - name: production
    targets:
      - oci: { from: "${staging.host}/todo", to: "${production.host}/todo", moving-tags: [live] }
`,
    );
    expect((await desk.sluice(["apply", "-f", "sluice.yaml"])).code).toBe(0);
    for (const version of ["0.1.5", "0.1.6"]) {
      expect(await publish(version)).toMatchObject({ code: 0 });
      await isLive(version);
    }
    for (const service of services)
      for (const tag of ["0.1.6", "live"])
        expect(await bytesAt(production.host, `todo/${service}:${tag}`)).toBe(
          await bytesAt(staging.host, `todo/${service}:0.1.6`),
        );
    const { code } = await desk.sluice(["rollback", "production", "--reason", "it is slow"]);
    expect(code).toBe(0);
    await isLive("0.1.5");
    expect(await bytesAt(production.host, "todo/backend:live")).toBe(await bytesAt(staging.host, "todo/backend:0.1.5"));
    expect((await desk.sluice(["show", "0.1.6"])).out).toContain(pushed.get("backend 0.1.6")?.slice(7, 19));
  }, 60_000);

  test("an image that is not there is named, and nothing is published", async () => {
    const missing = await desk.sluice(["publish", "9.9.9", "--component", `x=oci://${staging.host}/todo/x:9.9.9`]);
    expect(missing).toMatchObject({ code: 4, err: expect.stringContaining(`oci://${staging.host}/todo/x:9.9.9`) });
    const nonsense = await desk.sluice(["publish", "9.9.9", "--component", "x=oci://nowhere"]);
    expect(nonsense).toMatchObject({ code: 2, err: expect.stringContaining("oci://HOST/REPOSITORY:TAG") });
  });
});
