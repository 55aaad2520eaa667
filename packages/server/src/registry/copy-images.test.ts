import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../clock/clock.ts";
import { ImageCopies } from "./copy-images.ts";
import { RegistryFailure } from "./failure.ts";
import { indexType, referrersIndex } from "./manifest.ts";
import type { Place } from "./place.ts";
import { fallbackTag } from "./referrers.ts";
import { Registry } from "./registry.ts";
import { type FaultyProxy, startFaultyProxy } from "./testing/faulty-proxy.ts";
import { writeImage } from "./testing/image-layout.ts";
import { noRegistries, type RunningRegistry, startRegistry } from "./testing/registry-process.ts";
import { YoungRegistry } from "./testing/young-registry.ts";

const run = promisify(execFile);
const skipped = noRegistries();
const layerBytes = 2_000_000;

let root: string;
let old: RunningRegistry;
let young: YoungRegistry;
let other: YoungRegistry;
let proxy: FaultyProxy;
/** The index of an image of two platforms that stands in `young`. */
let digest: string;

const signal = () => new AbortController().signal;
const place = (host: string, repository: string): Place => ({
  registry: new Registry({ host, clock: systemClock, findCredentials: async () => undefined }),
  repository,
});

async function copy(from: string, to: string, what = digest) {
  const copies = new ImageCopies(signal());
  await copies.copy(place(from, "shop/web"), place(to, "prod/web"), what);
  return copies.account;
}

/** What an index under a tag names, as skopeo gets it. */
async function indexed(host: string, image: string): Promise<{ digest: string; artifactType?: string }[]> {
  const args = ["inspect", "--tls-verify=false", "--raw", `docker://${host}/${image}`];
  return (JSON.parse((await run("skopeo", args)).stdout) as { manifests: { digest: string }[] }).manifests;
}

describe.skipIf(skipped !== undefined)(`images are copied${skipped === undefined ? "" : ` (${skipped})`}`, () => {
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "sluice-copy-"));
    old = await startRegistry(join(root, "old"));
    young = await new YoungRegistry().start();
    other = await new YoungRegistry().start();
    proxy = await startFaultyProxy(other.host);
    const platforms = ["amd64", "arm64"].map((architecture) => ({ architecture, layers: [randomBytes(1_000)] }));
    digest = await writeImage(join(root, "layout"), { shared: [randomBytes(layerBytes)], platforms });
    const to = `docker://${young.host}/shop/web:1.0.0`;
    const options = ["-q", "--preserve-digests", "--all", "--dest-tls-verify=false"];
    await run("skopeo", ["copy", ...options, `oci:${join(root, "layout")}:it`, to]);
  });
  afterEach(async () => {
    await proxy.stop();
    young.stop();
    other.stop();
    await old.stop();
    await rm(root, { recursive: true });
  });

  test("with what refers to them, and to that, from lists of several pages into a tag and back into lists", async () => {
    const sbom = young.refer("shop/web", digest, "what is in it");
    const scan = young.refer("shop/web", digest, "what is wrong with it");
    const signature = young.refer("shop/web", sbom, "who says what is in it");
    await copy(young.host, old.host);
    const listed = await indexed(old.host, `prod/web:${fallbackTag(digest)}`);
    expect(listed.map((each) => each.digest).sort()).toEqual([sbom, scan].sort());
    expect(listed[0]?.artifactType).toBe("application/spdx+json");
    expect(await indexed(old.host, `prod/web:${fallbackTag(sbom)}`)).toMatchObject([{ digest: signature }]);
    // Again, nothing is listed twice.
    expect(await copy(young.host, old.host)).toMatchObject({ bytes: 0, manifests: 0 });
    const copies = new ImageCopies(signal());
    const back = place(other.host, "prod/web");
    await copies.copy(place(old.host, "prod/web"), back, digest);
    const found = await back.registry.referrers("prod/web", digest, signal());
    expect(found?.map((each) => each.digest).sort()).toEqual([sbom, scan].sort());
    expect(await back.registry.referrers("prod/web", sbom, signal())).toMatchObject([{ digest: signature }]);
  });

  test("and what the destination lists beside them stays listed", async () => {
    const sbom = young.refer("shop/web", digest, "what is in it");
    const own = { mediaType: indexType, digest: `sha256:${"5".repeat(64)}`, size: 500 };
    const tag = fallbackTag(digest);
    const { registry } = place(other.host, "prod/web");
    await registry.putManifest("prod/web", tag, { bytes: referrersIndex([own]), mediaType: indexType }, signal());
    proxy.onRequest = ({ url = "" }) => (url.includes("/referrers/") ? { status: 404 } : undefined);
    await copy(young.host, proxy.host);
    const listed = (await registry.manifest("prod/web", tag, signal()))?.manifests ?? [];
    expect(listed.map((each) => each.digest).sort()).toEqual([sbom, own.digest].sort());
  });

  test("an upload whose connection is cut goes on where the registry has it", async () => {
    let cuts = 0;
    proxy.onRequest = ({ method, headers }) =>
      method === "PUT" && Number(headers["content-length"]) === layerBytes && cuts++ === 0
        ? { cutSentAfter: 1_200_000 }
        : undefined;
    const { bytes } = await copy(young.host, proxy.host);
    const [range = ""] = other.takenUp;
    const [, from, to] = /^(\d+)-(\d+)$/.exec(range) ?? [];
    expect(Number(from)).toBeGreaterThan(0);
    expect(Number(to)).toBe(layerBytes - 1);
    expect(bytes).toBeLessThan(layerBytes + 1_300_000);
    expect((await place(other.host, "prod/web").registry.manifest("prod/web", digest, signal()))?.digest).toBe(digest);
  });

  test("and nothing is sent that a registry has which keeps its content elsewhere", async () => {
    young.elsewhere = true;
    other.elsewhere = true;
    expect((await copy(young.host, other.host)).bytes).toBeGreaterThan(layerBytes);
    expect(await copy(young.host, other.host)).toMatchObject({ bytes: 0, copied: 0 });
  });

  test("several layers at once", async () => {
    const layers = Array.from({ length: 6 }, () => randomBytes(50_000));
    const many = await writeImage(join(root, "many"), {
      shared: layers,
      platforms: [{ architecture: "amd64", layers: [] }],
    });
    const options = ["-q", "--preserve-digests", "--all", "--dest-tls-verify=false"];
    await run("skopeo", ["copy", ...options, `oci:${join(root, "many")}:it`, `docker://${young.host}/shop/web:many`]);
    let open = 0;
    let most = 0;
    proxy.onRequest = ({ method }) => {
      if (method === "PUT") most = Math.max(most, ++open);
      return undefined;
    };
    proxy.onAnswer = ({ method }) => {
      if (method === "PUT") open--;
    };
    await copy(young.host, proxy.host, many);
    expect(most).toBeGreaterThan(1);
  });

  test("a registry that wants to be left alone for long is left alone", async () => {
    proxy.onRequest = () => ({ status: 429, headers: { "retry-after": "3600" } });
    const begun = Date.now();
    const failure = await copy(young.host, proxy.host).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RegistryFailure);
    expect(failure).toMatchObject({ retryable: true, status: 429, pauseMs: 3_600_000 });
    expect(Date.now() - begun).toBeLessThan(2_000);
  });

  test.each([400, 405, 501])(
    "a registry that answers %i to a question after referrers keeps no lists",
    async (status) => {
      proxy.onRequest = ({ url = "" }) => (url.includes("/referrers/") ? { status } : undefined);
      const sbom = young.refer("shop/web", digest, "what is in it");
      await copy(young.host, proxy.host);
      expect(await indexed(other.host, `prod/web:${fallbackTag(digest)}`)).toMatchObject([{ digest: sbom }]);
    },
  );

  test("a destination that does not keep what it took is seen before anything is tagged", async () => {
    proxy.onRequest = ({ method, url = "" }) =>
      method === "PUT" && url.endsWith(`/manifests/${digest}`) ? { status: 201 } : undefined;
    await expect(copy(young.host, proxy.host)).rejects.toThrow(/took sha256:.* into prod\/web and does not have it/);
  });
});
