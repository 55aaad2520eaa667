import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Header, type HeaderData } from "tar";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fileDigest } from "./tree.ts";
import { unpack } from "./unpack.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-unpack-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

type Entry = HeaderData & { readonly content?: string };

function archive(...entries: Entry[]): Buffer {
  const blocks = entries.flatMap(({ content = "", ...data }) => {
    const block = Buffer.alloc(512);
    new Header({ mode: 0o644, size: content.length, type: "File", mtime: new Date(0), ...data }).encode(block);
    return [block, Buffer.from(content.padEnd(Math.ceil(content.length / 512) * 512, "\0"))];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

async function unpacked(bytes: Buffer, sizeForLimit = bytes.length): Promise<string> {
  const path = join(folder, "archive");
  await writeFile(path, bytes);
  const into = join(folder, "into");
  const { archive, files } = await unpack(path, into, sizeForLimit);
  expect(archive).toBe(createHash("sha256").update(bytes).digest("hex"));
  for (const [file, digest] of files) expect(await fileDigest(file)).toBe(digest);
  return into;
}

const file: Entry = { path: "assets/app.js", content: "let it = be" };

test("files and folders come out, plain or compressed, executable or not, and never set-user-id", async () => {
  const tar = archive({ path: "assets/", type: "Directory" }, file, { path: "tool", content: "#!", mode: 0o4777 });
  const into = await unpacked(gzipSync(tar), tar.length);
  expect(await readFile(join(into, "assets/app.js"), "utf8")).toBe("let it = be");
  expect((await stat(join(into, "tool"))).mode & 0o7777).toBe(0o755);
  expect((await stat(join(into, "assets/app.js"))).mode & 0o7777).toBe(0o644);
});

test.each([
  ["plain", (tar: Buffer) => tar],
  ["compressed", gzipSync],
])("files of every size come out whole from a %s archive, also empty ones", async (_how, pack) => {
  const contents = [0, 1, 512, 131_072, 1_000_001].map((size) => "ab\n".repeat(Math.ceil(size / 3)).slice(0, size));
  const tar = archive(...contents.map((content, index) => ({ path: `deep/er/${index}`, content })));
  const into = await unpacked(pack(tar), tar.length);
  for (const [index, content] of contents.entries())
    expect(await readFile(join(into, "deep/er", String(index)), "utf8")).toBe(content);
});

const hostile: [string, Entry][] = [
  ["an absolute path", { path: "/tmp/evil", content: "x" }],
  ["a path that leads out", { path: "../evil", content: "x" }],
  ["a path that leads out from within", { path: "assets/../../evil", content: "x" }],
  ["a symbolic link", { path: "link", type: "SymbolicLink", linkpath: "/etc" }],
  ["a hard link", { path: "link", type: "Link", linkpath: "assets/app.js" }],
  ["a device", { path: "device", type: "CharacterDevice", devmaj: 1, devmin: 3 }],
  ["a pipe", { path: "pipe", type: "FIFO" }],
  ["a type that nobody knows", { path: "thing", type: "SolarisACL" }],
  ["the same file again", { path: "assets/app.js", content: "other" }],
  ["a file in place of a folder", { path: "assets", content: "x" }],
  ["a file below a file", { path: "assets/app.js/x", content: "x" }],
];

test.each(hostile)("%s is refused, and nothing of the archive kept", async (_what, entry) => {
  await expect(unpacked(archive(file, entry))).rejects.toMatchObject({ code: "ARCHIVE_REFUSED" });
  expect(await readdir(folder)).toEqual(["archive"]);
});

test("a bomb is refused", async () => {
  const bomb = gzipSync(archive({ path: "zeros", content: "0".repeat(5_000_000) }));
  expect(bomb.length).toBeLessThan(50_000);
  await expect(unpacked(bomb)).rejects.toMatchObject({ code: "ARCHIVE_REFUSED" });
  expect(await readdir(folder)).toEqual(["archive"]);
});

test("an endless number of entries is refused", async () => {
  const one = archive({ path: "x/", type: "Directory" }).subarray(0, 512);
  const many = Buffer.concat([...Array.from({ length: 100_001 }, () => one), Buffer.alloc(1024)]);
  await expect(unpacked(many)).rejects.toMatchObject({
    code: "ARCHIVE_REFUSED",
    message: expect.stringContaining("entries"),
  });
});

test.each([
  ["what is no archive", Buffer.from("hello".repeat(1_000))],
  ["a damaged archive", Buffer.concat([archive(file).subarray(0, 512), Buffer.alloc(100, 7)])],
  ["damaged compression", Buffer.concat([gzipSync(archive(file)).subarray(0, 60), Buffer.alloc(100, 7)])],
])("%s is refused", async (_what, bytes) => {
  await expect(unpacked(bytes)).rejects.toMatchObject({ code: "ARCHIVE_REFUSED" });
});
