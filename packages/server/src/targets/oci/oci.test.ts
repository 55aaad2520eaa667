import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ociTargetSchema } from "@sluice/core/targets/oci.ts";
import type { Progress } from "@sluice/core/targets/progress.ts";
import { manifestOf } from "@sluice/core/testing/manifests.ts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../clock/clock.ts";
import { type FaultyProxy, startFaultyProxy } from "../../registry/testing/faulty-proxy.ts";
import { type ImageContent, writeImage } from "../../registry/testing/image-layout.ts";
import { noRegistries, type RunningRegistry, startRegistry } from "../../registry/testing/registry-process.ts";
import { orderFor, targetContract } from "../contract.ts";
import { TargetFailure } from "../failure.ts";
import { ociTarget } from "./oci.ts";

const run = promisify(execFile);
const skipped = noRegistries();
const services = ["frontend", "backend", "ai-service"];
const plain = ["--src-tls-verify=false", "--dest-tls-verify=false"];

let root: string;
let staging: RunningRegistry;
/** `1.0.0` → service → digest of its index in staging. */
const digests = new Map<string, Map<string, string>>();
/** SHA-256 of the layer that all images share. */
let large: string;
let production: RunningRegistry;
let proxy: FaultyProxy;
let folder: string;

async function pushImage(service: string, tag: string, content: ImageContent): Promise<string> {
  const layout = await mkdtemp(join(root, "layout-"));
  const digest = await writeImage(layout, content);
  const to = `docker://${staging.host}/shop/${service}:${tag}`;
  await run("skopeo", ["copy", "-q", "--preserve-digests", "--all", ...plain, `oci:${layout}:it`, to]);
  return digest;
}

/** Puts an image of two platforms into staging, with what a signature looks like there. */
async function push(service: string, version: string, shared: Buffer): Promise<string> {
  const platforms = ["amd64", "arm64"].map((architecture) => ({
    architecture,
    layers: [randomBytes(30_000), Buffer.from(`${service} ${version} ${architecture}`)],
  }));
  const digest = await pushImage(service, version, { shared: [shared], platforms });
  const signature = { shared: [randomBytes(100)], platforms: [{ architecture: "none", layers: [] }] };
  await pushImage(service, `${digest.replace(":", "-")}.sig`, signature);
  return digest;
}

const release = (version: string, names = services) => ({
  version,
  manifest: manifestOf(version, {
    components: names.map((name) => ({
      name,
      kind: "image",
      repository: `${staging.host}/shop/${name}`,
      sha256: (digests.get(version)?.get(name) ?? "").slice("sha256:".length),
      size: 500,
    })),
  }),
  digest: version,
  publishedAt: 0,
  publishedBy: "ci",
});

/** The digest of the bytes that skopeo gets of an image; undefined: it gets none. */
async function inspected(host: string, image: string): Promise<string | undefined> {
  const args = ["inspect", "--tls-verify=false", "--raw", `docker://${host}/${image}`];
  const answer = await run("skopeo", args, { encoding: "buffer" }).catch(() => undefined);
  return answer && `sha256:${createHash("sha256").update(answer.stdout).digest("hex")}`;
}

const open = (more: object = {}, secrets: Readonly<Record<string, string>> = {}) =>
  ociTarget(
    ociTargetSchema.parse({ from: `${staging.host}/shop`, to: `${proxy.host}/prod`, "moving-tags": ["live"], ...more }),
    { clock: systemClock, secrets: (name) => secrets[name], folder: undefined, dockerConfig: undefined },
  );

const signal = () => new AbortController().signal;
const deploy = (version: string, more?: object, secrets?: Readonly<Record<string, string>>) =>
  open(more, secrets).deploy(orderFor({ main: release(version) }), signal());

async function failure(promise: Promise<unknown>): Promise<TargetFailure> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof TargetFailure) return error;
  throw error ?? new Error("it did not fail");
}

describe.skipIf(skipped !== undefined)(`oci${skipped === undefined ? "" : ` (${skipped})`}`, () => {
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), "sluice-oci-"));
    staging = await startRegistry(join(root, "staging"));
    const shared = randomBytes(3_000_000);
    large = createHash("sha256").update(shared).digest("hex");
    for (const version of ["1.0.0", "1.1.0"]) {
      const small = [Buffer.from(`small ${version}`)];
      const pushed = await Promise.all(
        services.map(async (name) => [name, await push(name, version, shared)] as const),
      );
      const tiny = await pushImage("small", version, {
        shared: [],
        platforms: [{ architecture: "amd64", layers: small }],
      });
      digests.set(version, new Map([...pushed, ["small", tiny]]));
    }
  }, 60_000);
  afterAll(async () => {
    await staging?.stop();
    await rm(root, { recursive: true, force: true });
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(root, "production-"));
    production = await startRegistry(folder);
    proxy = await startFaultyProxy(production.host);
  });
  afterEach(async () => {
    await proxy.stop();
    await production.stop();
  });

  describe("the contract", () => {
    let round = 0;
    // One image of one platform, so that a kill can come between every two of its changes in reasonable time.
    const small = (version: string) => release(version, ["small"]);
    targetContract("oci", async () => {
      const prefix = `round-${round++}`;
      let changes = 0;
      let left: number | undefined;
      proxy.onAnswer = ({ method }, status) => {
        if (method !== "GET" && method !== "HEAD" && status === 201) changes++;
      };
      proxy.onRequest = ({ method, url = "" }) => {
        const changing = method === "PUT" || (method === "POST" && url.includes("mount="));
        if (left === undefined || !changing) return undefined;
        if (left === 0) return { status: 403 };
        left--;
        return undefined;
      };
      return {
        open: () => open({ to: `${proxy.host}/${prefix}` }),
        older: small("1.0.0"),
        newer: small("1.1.0"),
        async live() {
          const digest = await inspected(production.host, `${prefix}/small:live`);
          return { main: [...digests].find(([, images]) => images.get("small") === digest)?.[0] ?? null };
        },
        changes: () => changes,
        cutAfter(count) {
          left = count;
        },
        async remove() {},
      };
    });
  });

  test("promotes all images with every platform, signature and byte, as skopeo sees it", async () => {
    const done = await deploy("1.1.0");
    expect(done).toMatchObject({ images: services.map((name) => ({ name, digest: digests.get("1.1.0")?.get(name) })) });
    for (const name of services) {
      const digest = digests.get("1.1.0")?.get(name) ?? "";
      expect(await inspected(production.host, `prod/${name}:1.1.0`)).toBe(digest);
      const tag = `${digest.replace(":", "-")}.sig`;
      const signature = await inspected(staging.host, `shop/${name}:${tag}`);
      expect(signature).toMatch(/^sha256:/);
      expect(await inspected(production.host, `prod/${name}:${tag}`)).toBe(signature);
      // Every platform with every layer can be had, and has its digest.
      const copy = `dir:${await mkdtemp(join(root, "copy-"))}`;
      await run("skopeo", [
        "copy",
        "-q",
        "--preserve-digests",
        "--all",
        ...plain,
        `docker://${production.host}/prod/${name}:1.1.0`,
        copy,
      ]);
    }
  }, 60_000);

  test("tells how far it has got, and counts what is there as done", async () => {
    const told = async (version: string) => {
      const steps: Progress[] = [];
      await open().deploy(orderFor({ main: release(version) }), signal(), (progress) => steps.push(progress));
      return steps;
    };
    const steps = await told("1.0.0");
    const images = steps.map(({ done }) => done);
    expect(images).toEqual(images.toSorted((a, b) => a - b));
    expect(steps.some(({ done, bytes }) => done === 0 && bytes !== undefined && bytes.done < bytes.total)).toBe(true);
    const last = steps.at(-1);
    expect(last).toMatchObject({ what: "images copied", done: 3, total: 3 });
    expect(last?.bytes?.total).toBeGreaterThan(3_000_000);
    expect(last?.bytes?.total).toBeLessThan(3_000_000 + 3 * 2 * 40_000);
    expect(last?.bytes?.done).toBe(last?.bytes?.total);
    expect((await told("1.0.0")).at(-1)).toEqual(last);
  });

  test("sends a layer that three images share once, and nothing that is there", async () => {
    const first = await deploy("1.0.0");
    expect(first.bytes).toBeLessThan(3_000_000 + 3 * 2 * 40_000);
    expect(first.mounted).toBeGreaterThanOrEqual(2);
    expect(await deploy("1.0.0")).toMatchObject({ bytes: 0, copied: 0, manifests: 0 });
    expect((await deploy("1.1.0")).bytes).toBeLessThan(3 * 2 * 40_000);
  });

  test("has layers taken over where both ends are one registry", async () => {
    const to = { to: `${staging.host}/same`, "moving-tags": [] };
    expect(await deploy("1.0.0", to)).toMatchObject({ bytes: 0, copied: 0 });
    expect(await inspected(staging.host, "same/backend:1.0.0")).toBe(digests.get("1.0.0")?.get("backend"));
  });

  test("never moves the tag of a version, and copies nothing where one stands on something else", async () => {
    await deploy("1.0.0");
    const from = `docker://${staging.host}/shop/backend:1.0.0`;
    await run("skopeo", [
      "copy",
      "-q",
      "--preserve-digests",
      "--all",
      ...plain,
      from,
      `docker://${production.host}/prod/backend:1.1.0`,
    ]);
    const refused = await failure(deploy("1.1.0"));
    expect(refused.retryable).toBe(false);
    expect(refused.message).toMatch(
      /prod\/backend:1\.1\.0 exists and is sha256:[0-9a-f]{64}, not sha256:.*never moved/,
    );
    expect(await inspected(production.host, "prod/frontend:1.1.0")).toBeUndefined();
  });

  test("never moves the tag of a version that somebody put while the images were copied", async () => {
    const from = `docker://${staging.host}/shop/backend:1.0.0`;
    const to = `docker://${production.host}/prod/backend:1.1.0`;
    await run("skopeo", ["copy", "-q", "--preserve-digests", "--all", ...plain, from, to]);
    let looks = 0;
    proxy.onRequest = ({ url = "" }) =>
      url.endsWith("/prod/backend/manifests/1.1.0") && looks++ === 0 ? { status: 404 } : undefined;
    const refused = await failure(deploy("1.1.0"));
    expect(refused.message).toMatch(/backend:1\.1\.0 exists and is sha256:[0-9a-f]{64}, not/);
    expect(refused.retryable).toBe(false);
    expect(await inspected(production.host, "prod/backend:1.1.0")).toBe(digests.get("1.0.0")?.get("backend"));
    expect(await inspected(production.host, "prod/frontend:live")).toBeUndefined();
  });

  test("sees when something of what is live goes away, or a tag is moved by somebody else", async () => {
    await deploy("1.0.0");
    const order = orderFor({ main: release("1.0.0") });
    const look = () => open().verify?.(order, signal());
    expect(await look()).toMatchObject({ agrees: true });
    proxy.onRequest = ({ method, url = "" }) =>
      method === "HEAD" && url.endsWith(large) && url.includes("/backend/") ? { status: 404 } : undefined;
    expect(await look()).toMatchObject({
      agrees: false,
      text: expect.stringContaining(`prod/backend:1.0.0 is not whole: sha256:${large} is not there`),
    });
    proxy.onRequest = () => undefined;
    const from = `docker://${staging.host}/shop/backend:1.1.0`;
    const to = `docker://${production.host}/prod/backend:live`;
    await run("skopeo", ["copy", "-q", "--preserve-digests", "--all", ...plain, from, to]);
    expect(await look()).toMatchObject({ agrees: false, text: expect.stringMatching(/backend:live is sha256:/) });
  });

  test("goes back by promoting the older version", async () => {
    await deploy("1.0.0");
    await deploy("1.1.0");
    const order = orderFor({ main: release("1.0.0"), leaving: release("1.1.0") });
    await open().rollback(order, signal());
    expect(await inspected(production.host, "prod/frontend:live")).toBe(digests.get("1.0.0")?.get("frontend"));
    expect(await inspected(production.host, "prod/frontend:1.1.0")).toBe(digests.get("1.1.0")?.get("frontend"));
  });

  describe("when", () => {
    let bad: FaultyProxy;
    beforeEach(async () => {
      bad = await startFaultyProxy(staging.host);
    });
    afterEach(() => bad.stop());
    /** The same release, published with the address of what stands before staging. */
    const through = () => {
      const good = release("1.0.0");
      const components = good.manifest.components.map((component) => ({
        ...component,
        repository: component.repository?.replace(staging.host, bad.host),
      }));
      return { ...good, manifest: manifestOf("1.0.0", { components }) };
    };
    const promote = (tries = signal()) =>
      open({ from: `${bad.host}/shop` }).deploy(orderFor({ main: through() }), tries);
    const isLarge = (url = "") => url.includes("/blobs/");

    test("the source lies about a layer, it is refused and no tag is put", async () => {
      bad.onRequest = ({ url }) => (isLarge(url) ? { garble: true } : undefined);
      const lied = await failure(promote());
      expect(lied).toMatchObject({ retryable: false });
      expect(lied.message).toMatch(/damaged or tampered with/);
      expect(await inspected(production.host, "prod/frontend:1.0.0")).toBeUndefined();
    });

    test("the source lies about a manifest, it is refused", async () => {
      bad.onRequest = ({ url = "" }) => (url.includes("/manifests/sha256:") ? { garble: true } : undefined);
      expect(await failure(promote())).toMatchObject({ retryable: false });
    });

    test("the source cuts a layer off, the rest is asked for", async () => {
      let cuts = 0;
      const ranges: string[] = [];
      bad.onRequest = ({ url, headers }) => {
        if (!url?.endsWith(large)) return undefined;
        if (headers.range !== undefined) ranges.push(headers.range);
        return cuts++ < 2 ? { cutAnswerAfter: 1_000_000 } : undefined;
      };
      expect(await promote()).toMatchObject({ images: expect.anything() });
      expect(await inspected(production.host, "prod/ai-service:1.0.0")).toBe(digests.get("1.0.0")?.get("ai-service"));
      expect(ranges.length).toBeGreaterThan(0);
    });

    test("the destination cuts the connection in the middle of a layer, it is sent anew", async () => {
      let cuts = 0;
      proxy.onRequest = ({ method, headers }) =>
        method === "PUT" && Number(headers["content-length"]) > 2_000_000 && cuts++ < 1
          ? { cutSentAfter: 1_500_000 }
          : undefined;
      const done = await promote();
      expect(cuts).toBeGreaterThan(0);
      expect(Number(done.bytes)).toBeLessThan(7_000_000);
      expect(await inspected(production.host, "prod/backend:1.0.0")).toBe(digests.get("1.0.0")?.get("backend"));
    });

    test("a registry is busy or stumbles, it is asked again, as late as it says", async () => {
      let answers = 0;
      const busy = [{ status: 429, headers: { "retry-after": "1" } }, { status: 500 }, { status: 503 }];
      bad.onRequest = () => busy[answers++];
      const begun = Date.now();
      await promote();
      expect(Date.now() - begun).toBeGreaterThanOrEqual(900);
    });

    test("a registry stays busy, the whole is tried again later", async () => {
      bad.onRequest = () => ({ status: 502 });
      expect(await failure(promote())).toMatchObject({ retryable: true, evidence: { status: 502 } });
    }, 30_000);

    test("it is stopped, it stops soon", async () => {
      bad.onRequest = () => ({ status: 503, headers: { "retry-after": "20" } });
      const stop = new AbortController();
      const stopped = failure(promote(stop.signal));
      setTimeout(() => stop.abort(), 200);
      const begun = Date.now();
      await stopped;
      expect(Date.now() - begun).toBeLessThan(5_000);
    });

    test("an image is gone, that is said", async () => {
      bad.onRequest = ({ url = "" }) => (url.includes("/manifests/") ? { status: 404 } : undefined);
      const gone = await failure(promote());
      expect(gone).toMatchObject({ retryable: false, message: expect.stringMatching(/has no image sha256:/) });
    });
  });

  test("shows who it is, and says so when that is refused", async () => {
    // admin:s3cret, by bcrypt
    const auth = join(root, "htpasswd");
    await writeFile(auth, "admin:$2y$05$abcdefghijklmnopqrstuuLK7U1u6pVRmL7L1BBM2aS35PSZnDXlK\n");
    const closed = await startRegistry(join(folder, "closed"), `htpasswd: { realm: test, path: ${auth} }`);
    try {
      const to = { to: `${closed.host}/prod`, "moving-tags": [] };
      const anonymous = await failure(deploy("1.0.0", to));
      expect(anonymous.message).toMatch(/wants to know who asks, and there are no credentials for it/);
      const asked = { ...to, credentials: { to: { password: { user: "admin", secret: "PRODUCTION" } } } };
      const refused = await failure(deploy("1.0.0", asked, { PRODUCTION: "wr0ng" }));
      expect(refused).toMatchObject({ retryable: false });
      expect(JSON.stringify([refused.message, refused.evidence])).not.toContain("wr0ng");
      const unknown = await failure(deploy("1.0.0", asked));
      expect(unknown.message).toMatch(/no secret PRODUCTION/);
      expect(await deploy("1.0.0", asked, { PRODUCTION: "s3cret" })).toMatchObject({ images: expect.anything() });
    } finally {
      await closed.stop();
    }
  });

  test("an image that is not where the pipeline says is refused, and so is a release without any", async () => {
    const elsewhere = await failure(deploy("1.0.0", { from: "registry.example/other" }));
    expect(elsewhere.message).toMatch(/is not under registry\.example\/other/);
    const none = { ...release("1.0.0"), manifest: manifestOf("1.0.0") };
    expect((await failure(open().deploy(orderFor({ main: none }), signal()))).message).toMatch(/has no images/);
  });
});
