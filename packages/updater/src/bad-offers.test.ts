import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import type { Component } from "@sluice/core/release/manifest.ts";
import { Header, type HeaderData } from "tar";
import { afterEach, beforeEach, expect, test } from "vitest";
import { programOf } from "./testing/program.ts";
import { openWorld, type World } from "./testing/world.ts";
import { openUpdater } from "./updater.ts";

let world: World;

beforeEach(async () => {
  world = await openWorld();
});

afterEach(() => world.end());

type Part = Omit<Component, "sha256" | "size"> & { readonly content: Buffer };

function archive(entry: HeaderData, content = ""): Buffer {
  const block = Buffer.alloc(512);
  new Header({ mode: 0o644, size: content.length, type: "File", mtime: new Date(0), ...entry }).encode(block);
  return Buffer.concat([
    block,
    Buffer.from(content.padEnd(Math.ceil(content.length / 512) * 512, "\0")),
    Buffer.alloc(1024),
  ]);
}

const program: Part = { name: "program", kind: "file", executable: true, content: programOf("2.0.0") };
const folderOf = (content: Buffer): Part[] => [program, { name: "web", kind: "folder", content }];
/** Answers requests for blobs by itself. */
const blobs = (answer: (response: ServerResponse) => void) => () => {
  world.stub.intercept = (request, response) => {
    if (request.url?.includes("/blobs/") !== true) return false;
    answer(response);
    return true;
  };
};

const bad: readonly [string, readonly Part[], string, (() => void) | undefined][] = [
  ["an archive with an absolute path", folderOf(archive({ path: "/etc/evil" }, "x")), "ARCHIVE_REFUSED", undefined],
  [
    "an archive that leads out of its folder",
    folderOf(archive({ path: "../evil" }, "x")),
    "ARCHIVE_REFUSED",
    undefined,
  ],
  [
    "an archive with a link out of its folder",
    folderOf(archive({ path: "out", type: "SymbolicLink", linkpath: "/etc" })),
    "ARCHIVE_REFUSED",
    undefined,
  ],
  [
    "an archive with a device",
    folderOf(archive({ path: "sda", type: "BlockDevice", devmaj: 8, devmin: 0 })),
    "ARCHIVE_REFUSED",
    undefined,
  ],
  ["a bomb", folderOf(gzipSync(archive({ path: "zeros" }, "0".repeat(3_000_000)))), "ARCHIVE_REFUSED", undefined],
  ["what is no archive", folderOf(Buffer.from("PK not a tar".repeat(200))), "ARCHIVE_REFUSED", undefined],
  [
    "more bytes than signed",
    [program],
    "ARTIFACT_TOO_LARGE",
    blobs((response) => response.end(Buffer.alloc(1_000_000))),
  ],
  [
    "other bytes than signed",
    [program],
    "ARTIFACT_DIGEST_MISMATCH",
    blobs((response) => response.end(programOf("6.6.6"))),
  ],
  [
    "a redirect to elsewhere",
    [program],
    "DOWNLOAD_FAILED",
    blobs((response) => response.writeHead(302, { location: "http://127.0.0.1:1/evil" }).end()),
  ],
];

test.each(bad)(
  "%s: nothing is installed, the old version runs on, the server hears of it, and it is not fetched again at once",
  async (_what, components, code, prepare) => {
    world.release("1.0.0");
    const clock = { now: () => Date.now(), sleep: async () => undefined };
    const updater = await openUpdater({ ...world.options, ports: { clock, random: () => 0 } });
    await updater.update();
    const before = await world.running();
    world.stub.publish("2.0.0", components);
    world.stub.live = "2.0.0";
    world.stub.offer({ version: "2.0.0" });
    prepare?.();

    expect(await updater.update()).toMatchObject({ kind: "failed", version: "2.0.0", code });

    expect(await world.running()).toEqual(before);
    expect(await updater.status()).toMatchObject({ installed: "1.0.0", kept: ["1.0.0"], state: "idle", update: null });
    await updater.sendReports();
    expect(world.stub.reports.at(-1)).toMatchObject({ version: "2.0.0", status: "failed", details: { code } });
    const fetched = world.stub.fetched.length;
    expect(await updater.update()).toMatchObject({ kind: "held", reason: expect.stringMatching(/tried again in/) });
    expect(world.stub.fetched).toHaveLength(fetched);
  },
);

test.each([
  ["is away", undefined, 60_000],
  ["asks to be left alone for an hour", "3600", 3_600_000],
])(
  "a server that %s says nothing of the release: the offer is given back, and taken later",
  async (_what, header, waitMs) => {
    world.release("1.0.0");
    let nowMs = Date.now();
    const clock = { now: () => nowMs, sleep: async () => undefined };
    const updater = await openUpdater({ ...world.options, ports: { clock, random: () => 0 } });
    await updater.update();
    world.stub.publish("2.0.0", [program]);
    world.stub.live = "2.0.0";
    world.stub.offer({ version: "2.0.0" });
    blobs((response) => response.writeHead(503, header === undefined ? {} : { "retry-after": header }).end())();

    expect(await updater.update()).toMatchObject({ kind: "failed", version: "2.0.0", code: "SERVER_UNREACHABLE" });

    await updater.sendReports();
    expect(world.stub.reports.at(-1)).toMatchObject({ version: "2.0.0", status: "deferred" });
    nowMs += waitMs - 1_000;
    expect(await updater.update()).toMatchObject({ kind: "held", reason: expect.stringMatching(/tried again in 1s/) });
    world.stub.intercept = undefined;
    nowMs += 1_000;
    expect(await updater.update()).toMatchObject({ kind: "completed", version: "2.0.0" });
  },
);

test("a release for other platforms is not taken, and its offer is given back", async () => {
  world.stub.publish("1.0.0", [{ ...program, platform: "win32-x64" }]);
  world.stub.live = "1.0.0";
  world.stub.offer({ version: "1.0.0" });
  const updater = await openUpdater(world.options);

  await expect(updater.update()).rejects.toMatchObject({
    code: "OFFER_REFUSED",
    message: expect.stringMatching(/no component for linux-x64/),
  });
  await updater.sendReports();
  expect(world.stub.reports).toMatchObject([{ status: "deferred", details: { code: "OFFER_REFUSED" } }]);
});

test("a manifest of another application is refused, and the server hears of it", async () => {
  const manifest = world.stub.publish("1.0.0", [program]);
  Object.assign(manifest, { app: "otherapp" });
  world.stub.live = "1.0.0";
  world.stub.offer({ version: "1.0.0" });
  const updater = await openUpdater(world.options);

  await expect(updater.update()).rejects.toMatchObject({
    code: "UNTRUSTED",
    message: expect.stringMatching(/signed for otherapp 1\.0\.0, not for myapp/),
  });
  await updater.sendReports();
  expect(world.stub.reports).toMatchObject([{ status: "failed", details: { code: "UNTRUSTED" } }]);
});
