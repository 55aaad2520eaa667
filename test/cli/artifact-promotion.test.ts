import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { StatusView } from "@sluice/core/views/status.ts";
import { type FaultyProxy, startFaultyProxy } from "@sluice/server/registry/testing/faulty-proxy.ts";
import { writeImage } from "@sluice/server/registry/testing/image-layout.ts";
import { noRegistries, type RunningRegistry, startRegistry } from "@sluice/server/registry/testing/registry-process.ts";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { openServedDesk, type ServedDesk } from "./harness.ts";

const run = promisify(execFile);
const skipped = noRegistries();
const services = ["frontend", "backend", "ai-service"];
/** admin:s3cret, by bcrypt */
const htpasswd = "admin:$2y$05$abcdefghijklmnopqrstuuLK7U1u6pVRmL7L1BBM2aS35PSZnDXlK\n";
const patience = 240_000;

/** Artifact promotion, whole: what was tested in staging is what runs in production, by its digests. */
describe.skipIf(skipped !== undefined)(`artifact promotion${skipped === undefined ? "" : ` (${skipped})`}`, () => {
  let root: string;
  let staging: RunningRegistry;
  /** Another account, which lets in whoever knows its password. */
  let production: RunningRegistry;
  /** What stands before it. */
  let way: FaultyProxy;
  /** A third one, after production. */
  let standby: RunningRegistry;
  let desk: ServedDesk;
  /** `backend 0.1.6` → digest of its index, and the layer that its platforms share. */
  const pushed = new Map<string, { readonly digest: string; readonly layer: string }>();

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "sluice-artifacts-"));
    const auth = join(root, "htpasswd");
    await writeFile(auth, htpasswd);
    [staging, production, standby] = await Promise.all([
      startRegistry(join(root, "staging")),
      startRegistry(join(root, "production"), `htpasswd: { realm: production, path: ${auth} }`),
      startRegistry(join(root, "standby")),
    ]);
    way = await startFaultyProxy(production.host);
    const commandsDir = join(root, "commands");
    await mkdir(commandsDir);
    await writeFile(join(commandsDir, "password.sh"), "#!/bin/sh\necho s3cret\n");
    await chmod(join(commandsDir, "password.sh"), 0o755);
    desk = await openServedDesk({ commandsDir });
    await desk.file(
      "sluice.yaml",
      `apiVersion: sluice/v1
app: todo
stages:
  - name: staging
    targets:
      - oci: { from: "${staging.host}/todo", to: "${staging.host}/todo", moving-tags: [staging] }
  - name: production
    targets:
      - oci:
          from: "${staging.host}/todo"
          to: "${way.host}/todo"
          moving-tags: [live]
          credentials: { to: { command: { user: admin, run: ./password.sh } } }
  - name: standby
    targets:
      - oci: { from: "${staging.host}/todo", to: "${standby.host}/todo", moving-tags: [live] }
`,
    );
    expect(await desk.sluice(["apply", "-f", "sluice.yaml"])).toMatchObject({ code: 0 });
  }, patience);
  afterAll(async () => {
    await desk?.clear();
    await way?.stop();
    for (const registry of [staging, production, standby]) await registry?.stop();
    await rm(root, { recursive: true, force: true });
  });
  afterEach(() => {
    way.onRequest = () => undefined;
  });

  /** What CI does: images of two platforms into the staging registry, under the version. */
  const build = (version: string) =>
    Promise.all(
      services.map(async (service) => {
        const layout = join(root, `${service}-${version}`);
        const layer = randomBytes(10_000);
        const platforms = ["amd64", "arm64"].map((architecture) => ({ architecture, layers: [randomBytes(1_000)] }));
        const digest = await writeImage(layout, { shared: [layer], platforms });
        pushed.set(`${service} ${version}`, { digest, layer: createHash("sha256").update(layer).digest("hex") });
        const to = `docker://${staging.host}/todo/${service}:${version}`;
        const copy = ["copy", "-q", "--all", "--preserve-digests", "--dest-tls-verify=false"];
        await run("skopeo", [...copy, `oci:${layout}:it`, to]);
      }),
    );
  const publish = (version: string) =>
    desk.sluice([
      "publish",
      version,
      ...services.flatMap((name) => ["--component", `${name}=oci://${staging.host}/todo/${name}:${version}`]),
    ]);
  const release = async (version: string) => {
    await build(version);
    expect(await publish(version)).toMatchObject({ code: 0 });
  };
  /** The digest that skopeo finds behind a tag; undefined: there is no such tag. */
  const digestAt = async ({ host }: RunningRegistry, image: string) => {
    const who = host === production.host ? ["--creds=admin:s3cret"] : [];
    const args = ["inspect", "--raw", "--tls-verify=false", ...who, `docker://${host}/todo/${image}`];
    const answer = await run("skopeo", args, { encoding: "buffer" }).catch(() => undefined);
    return answer && `sha256:${createHash("sha256").update(answer.stdout).digest("hex")}`;
  };
  const builtAs = (service: string, version: string) => pushed.get(`${service} ${version}`)?.digest;
  const stages = async () => ((await desk.sluice(["status", "--json"])).json() as StatusView).stages;
  const eventually = (looks: () => Promise<void>) => vi.waitFor(looks, { timeout: patience / 2, interval: 100 });
  const isLive = (version: string, ...names: string[]) =>
    eventually(async () => {
      for (const stage of (await stages()).filter(({ name }) => names.includes(name)))
        expect(stage, stage.name).toMatchObject({
          live: { version },
          active: null,
          inconsistent: null,
          targets: [{ state: "applied", has: version }],
        });
    });
  const everywhere = ["staging", "production", "standby"];

  test(
    "publishes by tag, promotes by digest from stage to stage, and goes back by promoting the older version",
    async () => {
      for (const version of ["0.1.5", "0.1.6"]) {
        await release(version);
        await isLive(version, ...everywhere);
      }
      for (const service of services) {
        expect(await digestAt(staging, `${service}:staging`)).toBe(builtAs(service, "0.1.6"));
        for (const registry of [production, standby])
          for (const tag of ["0.1.6", "live"])
            expect(await digestAt(registry, `${service}:${tag}`)).toBe(builtAs(service, "0.1.6"));
      }
      expect(await desk.sluice(["rollback", "production", "--reason", "it is slow"])).toMatchObject({ code: 0 });
      await isLive("0.1.5", "production");
      for (const service of services)
        expect(await digestAt(production, `${service}:live`)).toBe(builtAs(service, "0.1.5"));
      expect(await digestAt(standby, "backend:live")).toBe(builtAs("backend", "0.1.6"));
      const shown = await desk.sluice(["show", "0.1.6"]);
      expect(shown.out).toContain(builtAs("backend", "0.1.6")?.slice(7, 19));
    },
    patience,
  );

  test(
    "says how far it has got",
    async () => {
      let busy = true;
      way.onRequest = ({ method }) =>
        busy && method === "PUT" ? { status: 503, headers: { "retry-after": "1" } } : undefined;
      await release("0.1.7");
      await eventually(async () => {
        const { out } = await desk.sluice(["status"]);
        expect(out).toMatch(/oci 0\.1\.5 \(.*0 of 3 images copied, \d+\.\d of \d+\.\d KiB\)/);
      });
      busy = false;
      await isLive("0.1.7", ...everywhere);
      expect((await desk.sluice(["status"])).out).not.toContain("images copied");
    },
    patience,
  );

  test(
    "brings all images of a release together, and says so loudly where a registry keeps it from that",
    async () => {
      let refused = false;
      let moved = 0;
      way.onRequest = ({ method, url = "" }) => {
        if (method !== "PUT" || !url.endsWith("/manifests/live")) return undefined;
        if (!refused && moved++ === 0) return undefined;
        // The second image may not be tagged; then the first cannot be brought back for a while.
        const status = refused ? 503 : 403;
        refused = true;
        return { status };
      };
      await release("0.1.8");
      await eventually(async () => {
        const { out } = await desk.sluice(["status"]);
        expect(out).toMatch(/production +● 0\.1\.7 live/);
        expect(out).toMatch(/INCONSISTENT: oci does not have 0\.1\.7 \(tried again, .*answered 503/);
      });
      const at = await Promise.all(services.map((service) => digestAt(production, `${service}:live`)));
      expect(at.filter((digest, i) => digest === builtAs(services[i] ?? "", "0.1.8"))).toHaveLength(1);
      expect((await desk.sluice(["status"])).out).toMatch(
        /! issue-\d+ against 0\.1\.8 \(critical\): .*target oci: .*answered 403/,
      );
      way.onRequest = () => undefined;
      await isLive("0.1.7", "production");
      for (const service of services)
        expect(await digestAt(production, `${service}:live`)).toBe(builtAs(service, "0.1.7"));
    },
    patience,
  );

  /** Changes the bytes that a registry has under a digest, behind its back. @returns how to put them right */
  const tamper = async ({ folder }: RunningRegistry, hex: string) => {
    const file = join(folder, "data/docker/registry/v2/blobs/sha256", hex.slice(0, 2), hex, "data");
    const bytes = await readFile(file);
    const changed = Buffer.from(bytes);
    // A manifest stays one, of another platform: a registry serves it as before.
    const place = Math.max(0, bytes.indexOf("amd64"));
    changed.write(place === 0 ? "!" : "arm64", place);
    await writeFile(file, changed);
    return () => writeFile(file, bytes);
  };

  test(
    "takes no image with another byte than was published, and sees one that is changed where it is live",
    async () => {
      await build("0.1.9");
      await tamper(staging, pushed.get("backend 0.1.9")?.layer ?? "");
      expect(await publish("0.1.9")).toMatchObject({ code: 0 });
      await eventually(async () => {
        const { out } = await desk.sluice(["status"]);
        expect(out).toMatch(
          /! issue-\d+ against 0\.1\.9 \(critical\): .*target oci: .*bytes of digest sha256:.*tampered with/,
        );
      });
      await isLive("0.1.7", "production");
      for (const service of services) expect(await digestAt(production, `${service}:0.1.9`)).toBeUndefined();

      const mend = await tamper(production, builtAs("frontend", "0.1.7")?.slice("sha256:".length) ?? "");
      expect(await desk.sluice(["drift", "production"])).toMatchObject({
        code: 1,
        out: expect.stringMatching(/production +oci +differs +.*frontend:0\.1\.7 is sha256:/),
      });
      expect((await desk.sluice(["status"])).out).toMatch(/INCONSISTENT: oci has drifted/);
      await mend();
      expect(await desk.sluice(["drift", "production"])).toMatchObject({ code: 0 });
    },
    patience,
  );

  test("keeps who asks the registries out of the log and out of every answer", async () => {
    const { out } = await desk.sluice(["audit", "--json"]);
    expect(out).toContain("TargetApplied");
    expect(out).not.toContain("s3cret");
    expect(out).not.toContain(Buffer.from("admin:s3cret").toString("base64"));
  });

  test("an image that is not there is named, and nothing is published", async () => {
    const missing = await desk.sluice(["publish", "9.9.9", "--component", `x=oci://${staging.host}/todo/x:9.9.9`]);
    expect(missing).toMatchObject({ code: 4, err: expect.stringContaining(`oci://${staging.host}/todo/x:9.9.9`) });
    const nonsense = await desk.sluice(["publish", "9.9.9", "--component", "x=oci://nowhere"]);
    expect(nonsense).toMatchObject({ code: 2, err: expect.stringContaining("oci://HOST/REPOSITORY:TAG") });
  });
});
