import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";
import type { Release } from "@sluice/core/application/state.ts";
import { type Feed, feedPath, manifestPath } from "@sluice/core/feed/feed.ts";
import { canonicalJson } from "@sluice/core/log/canonical.ts";
import { manifestBytes, manifestDigest } from "@sluice/core/release/manifest.ts";
import { type StaticTarget, staticTargetSchema } from "@sluice/core/targets/static.ts";
import { manifestOf } from "@sluice/core/testing/manifests.ts";
import { debianTest } from "@sluice/server/analysis/debian-server.ts";
import type { Repository } from "@sluice/server/feeds/repository.ts";
import { carryOut } from "@sluice/server/targets/carry-out.ts";
import { orderFor, targetContract } from "@sluice/server/targets/contract.ts";
import { TargetFailure } from "@sluice/server/targets/failure.ts";
import { openBucket } from "@sluice/server/targets/static/bucket.ts";
import { copyFeed } from "@sluice/server/targets/static/copy.ts";
import type { CopyWork } from "@sluice/server/targets/static/copy-work.ts";
import { openFolder } from "@sluice/server/targets/static/folder.ts";
import type { Place } from "@sluice/server/targets/static/place.ts";
import { staticTarget } from "@sluice/server/targets/static/static.ts";
import type { Order, Target } from "@sluice/server/targets/target.ts";
import { openTrustedFeeds } from "@sluice/updater/verify/trusted-feeds.ts";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { setClock } from "../signed-feeds/fixture.ts";
import { openApp } from "../signed-feeds/fixture-data.ts";
import { nginx, serveFiles } from "./nginx.ts";
import { type Bucket, noBuckets, startRadosgw } from "./radosgw.ts";

const contentOf = (version: string) => `what ${version} is made of`;
const patient = () => new AbortController().signal;

function release(version: string): Release {
  const content = contentOf(version);
  const sha256 = createHash("sha256").update(content).digest("hex");
  const manifest = manifestOf(version, { components: [{ name: "app", kind: "file", sha256, size: content.length }] });
  return { version, manifest, digest: manifestDigest(manifest), publishedAt: 0, publishedBy: "ci" };
}

const [older, newer] = [release("1.0.0"), release("1.1.0")];
const blobs: CopyWork["blobs"] = {
  async read(sha256) {
    const found = [older, newer].find(({ manifest }) => manifest.components[0]?.sha256 === sha256);
    return found === undefined ? undefined : Readable.from([Buffer.from(contentOf(found.version))]);
  },
};

/** What the server signs for an order. */
async function sign(repository: Repository, { main, trial, asked }: Order): Promise<void> {
  const of = (version: string, basisPoints: number) => ({
    version,
    exposure: { basisPoints, salt: "s" },
    manifest: release(version).digest,
  });
  const releases = [
    ...(main === null ? [] : [of(main.version, 10_000)]),
    ...(trial === undefined ? [] : [of(trial.release.version, trial.basisPoints)]),
  ];
  const live = main === null ? {} : { live: main.version };
  const log = { seq: asked, hash: "b".repeat(64) };
  const feed: Feed = { app: "myapp", channel: "production", ...live, releases, away: [], checkSeconds: 30, log };
  const manifests = releases.map(
    ({ version }) => [manifestPath(version), manifestBytes(release(version).manifest)] as const,
  );
  await repository.publish(new Map([[feedPath(feed.channel), canonicalJson(feed)], ...manifests]));
}

/** A place that counts what is changed there, and breaks off. */
function counted(place: Place) {
  let changes = 0;
  let left: number | undefined;
  const change =
    <A extends unknown[]>(work: (...args: A) => Promise<void>) =>
    async (...args: A) => {
      if (left === 0) throw new TargetFailure("cut off", { retryable: true });
      if (left !== undefined) left--;
      changes++;
      await work(...args);
    };
  return {
    place: { ...place, write: change(place.write), replace: change(place.replace), remove: change(place.remove) },
    changes: () => changes,
    cutAfter(count: number | undefined) {
      left = count;
    },
  };
}

async function world(openPlace: (folder: string) => Promise<Place>) {
  const folder = await mkdtemp(join(tmpdir(), "sluice-static-"));
  await mkdir(join(folder, "served"));
  const repository = await openApp(join(folder, "data"), "myapp", setClock());
  const { place, changes, cutAfter } = counted(await openPlace(folder));
  const work = (signal: AbortSignal): CopyWork => ({
    read: (path) => repository.read(path),
    blobs,
    place,
    channels: ["production"],
    signal,
  });
  const spec: StaticTarget = staticTargetSchema.parse({ folder: "served" });
  const open = (): Target => {
    const target = staticTarget(spec, {
      copies: {
        work: async (_app, _spec, signal) => work(signal),
        copy: (_app, _spec, signal) => copyFeed(work(signal)),
      },
    });
    // As in the server, where the log that asks also has the feed signed.
    return {
      ...target,
      async deploy(order, signal) {
        await sign(repository, order);
        return target.deploy(order, signal);
      },
      async rollback(order, signal) {
        await sign(repository, order);
        return target.rollback(order, signal);
      },
    };
  };
  return { folder, repository, place, changes, cutAfter, work, open, remove: () => rm(folder, { recursive: true }) };
}

/** What a client finds at an address that has files and nothing else. */
async function offered(baseUrl: string, repository: Repository, folder: string) {
  const pinnedRoot = join(folder, "root.json");
  await writeFile(pinnedRoot, repository.rootJson());
  const trusted = await mkdtemp(join(folder, "client-"));
  const feeds = await openTrustedFeeds({ app: "myapp", baseUrl, pinnedRoot, folder: trusted });
  const feed = await feeds.feed("production").catch((error: { code?: string }) => {
    if (error.code === "NOT_PUBLISHED" || error.code === "SERVER_UNREACHABLE") return undefined;
    throw error;
  });
  for (const { version, manifest } of feed?.releases ?? []) {
    const [component] = (await feeds.manifest(version, manifest)).components;
    const content = await (await fetch(`${baseUrl}/blobs/${component?.sha256}`)).text();
    expect(content, `content of ${version}`).toBe(contentOf(version));
  }
  const partial = feed?.releases.find(({ exposure }) => exposure.basisPoints < 10_000);
  const main = feed?.live ?? null;
  return partial === undefined
    ? { main }
    : { main, trial: { version: partial.version, basisPoints: partial.exposure.basisPoints } };
}

const web = debianTest("a folder that nginx serves", nginx);
describe.skipIf(web.missing)(web.name, () => {
  targetContract("static.folder", async () => {
    const { folder, repository, remove, ...rest } = await world((at) => openFolder(at, "served"));
    const server = await serveFiles(join(folder, "served"), folder);
    return {
      ...rest,
      older,
      newer,
      live: () => offered(server.url, repository, folder),
      async remove() {
        await server.stop();
        await remove();
      },
    };
  });
});

const skipped = noBuckets();
describe.skipIf(skipped !== undefined)(`a bucket of Ceph's S3${skipped === undefined ? "" : ` (${skipped})`}`, () => {
  let bucket: Bucket;
  let number = 0;
  let client: S3Client;
  const secrets = (name: string) =>
    name === "KEY_ID" ? bucket.accessKeyId : name === "KEY" ? bucket.secretAccessKey : "wrong";
  const spec = (more: object = {}) => {
    const credentials = { "access-key-id": "KEY_ID", "secret-access-key": "KEY" };
    const s3 = { bucket: "updates", prefix: `shop/${number}`, endpoint: bucket.endpoint, credentials, ...more };
    const parsed = staticTargetSchema.parse({ s3 }).s3;
    if (parsed === undefined) throw new Error("it names no bucket");
    return parsed;
  };
  beforeAll(async () => {
    bucket = await startRadosgw();
    client = new S3Client({
      endpoint: bucket.endpoint,
      forcePathStyle: true,
      region: "us-east-1",
      credentials: bucket,
    });
    await client.send(new CreateBucketCommand({ Bucket: "updates" }));
    const Resource = ["arn:aws:s3:::updates/*", "arn:aws:s3:::updates"];
    const Statement = [{ Effect: "Allow", Principal: "*", Action: ["s3:GetObject", "s3:ListBucket"], Resource }];
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
    await client.send(new PutBucketPolicyCommand({ Bucket: "updates", Policy }));
  }, 90_000);
  afterAll(() => bucket?.stop());

  targetContract("static.s3", async () => {
    number++;
    const baseUrl = `${bucket.endpoint}/updates/shop/${number}`;
    const { folder, repository, ...rest } = await world(() => openBucket(spec(), secrets));
    return { ...rest, older, newer, live: () => offered(baseUrl, repository, folder) };
  });

  test("of two servers that publish at one moment, the second is told, and looks again", async () => {
    number++;
    const place = await openBucket(spec(), secrets);
    const other = await openBucket(spec(), secrets);
    const path = "metadata/timestamp.json";
    expect(await place.read(path, patient())).toBeUndefined();
    await other.replace(path, Buffer.from("other"), undefined, patient());
    const late = place.replace(path, Buffer.from("mine"), undefined, patient());
    await expect(late).rejects.toThrow(/changed by somebody else/);
    const seen = await place.read(path, patient());
    await place.replace(path, Buffer.from("mine"), seen, patient());
    await other.read(path, patient());
    expect((await place.read(path, patient()))?.toString()).toBe("mine");
  });

  test("refused credentials, a bucket that is not there and a secret that is missing need a person; a server that is gone does not", async () => {
    const read = async (more: object) =>
      (await openBucket(spec(more), secrets)).write("metadata/1.root.json", Buffer.from("x"), patient());
    const refused = { credentials: { "access-key-id": "KEY_ID", "secret-access-key": "OTHER" } };
    await expect(read(refused)).rejects.toMatchObject({ retryable: false, message: expect.stringMatching(/403/) });
    await expect(read({ bucket: "nowhere" })).rejects.toMatchObject({ retryable: false });
    await expect(openBucket(spec(), () => undefined)).rejects.toThrow(/SLUICE_SECRET_KEY_ID/);
    await expect(read({ endpoint: "http://127.0.0.1:9" })).rejects.toMatchObject({ retryable: true });
  }, 30_000);
});

describe("a copy of the feeds", () => {
  async function copying() {
    const opened = await world((at) => openFolder(at, "served"));
    onTestFinished(opened.remove);
    const publish = async (order = orderFor({ main: newer })) => carryOut(opened.open(), order, patient());
    return { ...opened, publish };
  }

  test("has the timestamp written last", async () => {
    const { place, publish, work, repository } = await copying();
    await publish();
    const order: string[] = [];
    const write: Place["write"] = async (path, content, signal) => {
      order.push(path);
      await place.write(path, content, signal);
    };
    const replace: Place["replace"] = async (path, ...rest) => {
      order.push(path);
      await place.replace(path, ...rest);
    };
    await sign(repository, orderFor({ main: older }));
    await copyFeed({ ...work(patient()), place: { ...place, write, replace } });
    const paths = order.map((path) => path.replace(/[0-9a-f]{64}|\d+/, "#"));
    // These two are written at one time.
    expect(paths.splice(1, 2).sort()).toEqual(["targets/channels/#.production.json", "targets/releases/#.1.0.0.json"]);
    expect(paths).toEqual([
      "blobs/#",
      "metadata/#.targets.json",
      "metadata/#.snapshot.json",
      "metadata/timestamp.json",
    ]);
  });

  test("is refused where another application's feeds are, and where newer ones are", async () => {
    const { folder, publish, work } = await copying();
    await publish();
    const other = await openApp(join(folder, "other"), "myapp", setClock());
    await sign(other, orderFor({ main: older }));
    const refused = copyFeed({ ...work(patient()), read: (path) => other.read(path) });
    await expect(refused).rejects.toMatchObject({ retryable: false, message: expect.stringMatching(/other keys/) });
    const backup = work(patient());
    const timestamp = await backup.read("metadata/timestamp.json");
    await publish(orderFor({ main: older }));
    const old = copyFeed({
      ...backup,
      read: async (path) => (path === "metadata/timestamp.json" ? timestamp : backup.read(path)),
    });
    await expect(old).rejects.toMatchObject({ retryable: false, message: expect.stringMatching(/old backup/) });
  });

  test("that somebody tampered with, or took content from, is found when it is verified", async () => {
    const { folder, open, publish } = await copying();
    const order = orderFor({ main: newer });
    await publish(order);
    const look = () => open().verify?.(order, patient());
    expect(await look()).toMatchObject({ agrees: true });
    const [feed = ""] = await readdir(join(folder, "served/targets/channels"));
    await rm(join(folder, "served/blobs", newer.manifest.components[0]?.sha256 ?? ""));
    expect(await look()).toMatchObject({ agrees: false, text: expect.stringMatching(/without the content of app/) });
    await writeFile(join(folder, "served/targets/channels", feed), "{}");
    expect(await look()).toMatchObject({ agrees: false, text: expect.stringMatching(/has no feed/) });
  });

  test("loses old versions, and nothing that a client may still need", async () => {
    const { folder, publish, place } = await copying();
    await writeFile(join(folder, "served/favicon.ico"), "not ours");
    for (let i = 0; i < 41; i++) await publish(orderFor({ main: i % 2 === 0 ? older : newer }));
    const names = await place.list("metadata", patient());
    expect(names.filter((name) => name.endsWith(".targets.json")).length).toBeLessThan(42);
    expect(names).toContain("metadata/1.root.json");
    expect((await place.list("blobs", patient())).length).toBe(2);
    expect(await readdir(join(folder, "served"))).toContain("favicon.ico");
  });

  test("does not leave the server's folder by a link", async () => {
    const { folder } = await copying();
    await symlink(tmpdir(), join(folder, "served", "out"));
    await expect(openFolder(join(folder, "served"), "out")).rejects.toThrow(/leads out/);
  });
});
