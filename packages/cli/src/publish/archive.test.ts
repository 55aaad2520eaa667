import { chmod, link, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unpack } from "@sluice/updater/install/unpack.ts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { digestOf, packFolder } from "./archive.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-archive-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function makeTree(name: string, order: readonly string[]): Promise<string> {
  const tree = join(folder, name);
  await mkdir(join(tree, "sub"), { recursive: true });
  for (const file of order) await writeFile(join(tree, file), `content of ${file}`);
  await chmod(join(tree, "run"), 0o755);
  return tree;
}

it("gives the same bytes whatever the order, times, owners' bits and links on disk", async () => {
  const names = ["run", "@page.html", "sub/a", "sub/b", "z"];
  const one = await makeTree("one", names);
  const other = await makeTree("other", names.toReversed());
  await utimes(join(other, "z"), new Date(1_000_000), new Date(2_000_000));
  await chmod(join(other, "sub/a"), 0o600);
  await rm(join(other, "sub/b"));
  await writeFile(join(folder, "elsewhere"), "content of sub/b");
  await link(join(folder, "elsewhere"), join(other, "sub/b"));
  await packFolder(one, join(folder, "one.tar"));
  await packFolder(other, join(folder, "other.tar"));
  expect(await digestOf(join(folder, "one.tar"))).toEqual(await digestOf(join(folder, "other.tar")));
});

it("writes files that are one on this disk as files of their own, which an updater unpacks", async () => {
  const tree = await makeTree("tree", ["run", "sub/a"]);
  await link(join(tree, "sub/a"), join(tree, "twin"));
  const archive = join(folder, "tree.tar");
  await packFolder(tree, archive);
  await unpack(archive, join(folder, "unpacked"), (await digestOf(archive)).size);
  for (const file of ["sub/a", "twin"])
    expect(await readFile(join(folder, "unpacked", file), "utf8")).toBe("content of sub/a");
});

it("refuses symbolic links and empty folders", async () => {
  const tree = await makeTree("tree", ["run"]);
  await symlink("/etc/passwd", join(tree, "sub", "link"));
  await expect(packFolder(tree, join(folder, "tree.tar"))).rejects.toThrow(/link is a symbolic link/);
  await mkdir(join(folder, "empty"));
  await expect(packFolder(join(folder, "empty"), join(folder, "empty.tar"))).rejects.toThrow(/empty/);
});
