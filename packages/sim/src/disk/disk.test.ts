import { createReadStream } from "node:fs";
import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MachineDisk } from "./machine-disk.ts";
import { mount } from "./mount.ts";
import { ProcessDisk } from "./process-disk.ts";
import type { Loss } from "./tree.ts";

let real: string;
beforeAll(async () => {
  real = await fs.mkdtemp(join(tmpdir(), "sluice-disk-"));
});
afterAll(() => fs.rm(real, { recursive: true, force: true }));

let made = 0;
function simulated(mortal: () => "lives" | "dies before" | "dies after" = () => "lives") {
  const disk = new MachineDisk(() => 0);
  const life = { alive: true };
  const process = new ProcessDisk(disk, () => life.alive, mortal);
  const send = async () => new Response();
  const { folder } = mount(`test-${made++}`, { disk: process, send, isHealthy: () => true });
  return { disk, life, root: folder };
}

/** What a call comes to: its answer, or the code of its failure. */
async function outcome(call: () => Promise<unknown>): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

async function append(path: string, text: string): Promise<void> {
  const file = await fs.open(path, "a");
  await file.writeFile(text);
  await file.close();
}

async function streamed(path: string, end: number): Promise<string> {
  let text = "";
  for await (const chunk of createReadStream(path, { end })) text += String(chunk);
  return text;
}

test("the simulated disk answers Node's calls as a real one does", async () => {
  const calls: ((root: string) => Promise<unknown>)[] = [
    (root) => fs.readFile(join(root, "none"), "utf8"),
    (root) => append(join(root, "none/file"), "x"),
    (root) => fs.mkdir(join(root, "a/b"), { recursive: true }).then((first) => first?.slice(root.length)),
    (root) => fs.mkdir(join(root, "a")),
    (root) => append(join(root, "a/one"), "first"),
    (root) => append(join(root, "a/one"), " second"),
    (root) => fs.readFile(join(root, "a/one"), "utf8"),
    (root) => streamed(join(root, "a/one"), 2),
    (root) => fs.symlink("a/one", join(root, "link")),
    (root) => fs.symlink("a/one", join(root, "link")),
    (root) => fs.readlink(join(root, "link")),
    (root) => fs.readlink(join(root, "a/one")),
    (root) => fs.readFile(join(root, "link"), "utf8"),
    (root) => fs.lstat(join(root, "link")).then((about) => about.isSymbolicLink()),
    (root) => fs.stat(join(root, "link")).then(({ size }) => size),
    (root) => fs.copyFile(join(root, "a/one"), join(root, "a/two")),
    (root) => fs.readdir(join(root, "a")).then((names) => names.sort()),
    (root) => fs.rename(join(root, "a/two"), join(root, "a/b/three")),
    (root) => fs.rmdir(join(root, "a/b")),
    (root) => fs.rename(join(root, "a"), join(root, "c")),
    (root) => fs.readFile(join(root, "link"), "utf8"),
    (root) => fs.readFile(join(root, "c/b/three"), "utf8"),
    (root) => fs.rm(join(root, "c/b/three"), { force: true }),
    (root) => fs.rm(join(root, "c/b/three"), { force: true }),
    (root) => fs.rmdir(join(root, "c/b")),
    (root) => fs.readdir(join(root, "c/b")),
    (root) => fs.readdir(join(root, "c/one")),
  ];
  const { root } = simulated();
  for (const [index, call] of calls.entries())
    expect(await outcome(() => call(root)), `call ${index}`).toEqual(await outcome(() => call(real)));
});

test.each<[Loss, string | undefined, string | undefined]>([
  ["synced", "kept", undefined],
  ["names", "kept", ""],
  ["all", "kept", "written"],
])("when the power fails, %s is found", async (loss, synced, unsynced) => {
  const { disk, root } = simulated();
  const file = await fs.open(join(root, "synced"), "w");
  await file.writeFile("kept");
  await file.sync();
  const folder = await fs.open(root, "r");
  await folder.sync();
  await append(join(root, "unsynced"), "written");
  disk.cutPower(loss, false);
  const text = (name: string) => fs.readFile(join(root, name), "utf8").catch(() => undefined);
  expect([await text("synced"), await text("unsynced")]).toEqual([synced, unsynced]);
});

test("the last write may be torn", async () => {
  const { disk, root } = simulated();
  await append(join(root, "file"), "12345678");
  disk.cutPower("names", true);
  expect(await fs.readFile(join(root, "file"), "utf8")).toBe("1234");
});

test("whoever dies in the midst of a call hears no answer, and does nothing more", async () => {
  const fates: ("lives" | "dies after")[] = ["lives", "dies after"];
  const { disk, life, root } = simulated(() => {
    const fate = fates.shift() ?? "lives";
    life.alive = fate === "lives";
    return fate;
  });
  const answered: string[] = [];
  await fs.mkdir(join(root, "one"));
  for (const name of ["two", "three"]) void fs.mkdir(join(root, name)).then(() => answered.push(name));
  await new Promise((resolve) => setImmediate(resolve));
  expect(answered).toEqual([]);
  expect([...disk.root.names.keys()]).toEqual(["one", "two"]);
});
