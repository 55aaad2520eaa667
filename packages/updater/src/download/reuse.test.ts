import { readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Component } from "@sluice/core/release/manifest.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Layout, layoutOf } from "../disk/layout.ts";
import { versionFolder } from "../install/current.ts";
import { openLog } from "../ports/log.ts";
import { programOf } from "../testing/program.ts";
import { openWorld, type World } from "../testing/world.ts";
import { openUpdater } from "../updater.ts";
import { downloadedPath } from "./download.ts";
import { installedFiles, takeInstalled } from "./reuse.ts";

const data = Buffer.alloc(100_000, "data");
const { signal } = new AbortController();
let world: World;
let layout: Layout;
let said: string;

beforeEach(async () => {
  world = await openWorld();
  layout = layoutOf(world.folder);
  said = "";
});
afterEach(() => world.end());

/** Publishes and installs a version of a program and its data. @returns the data's component */
async function update(version: string, name = "data"): Promise<Component> {
  const program = { name: "program", kind: "file", executable: true, content: programOf(version) } as const;
  const { components } = world.stub.publish(version, [program, { name, kind: "file", content: data }]);
  world.stub.live = version;
  world.stub.offer({ version });
  const log = openLog({ json: false, now: Date.now, write: (line) => (said += line) });
  const updater = await openUpdater({ ...world.options, log });
  expect(await updater.update()).toMatchObject({ kind: "completed", version });
  const [, component] = components;
  if (component === undefined) throw new Error("there is no data");
  return component;
}

const inVersion = (version: string, name: string) => join(versionFolder(layout, version), name);
const fetched = (digest: string) => world.stub.fetched.filter((one) => one.digest === digest).length;

test("what did not change is not downloaded, also under another name, and stands for itself", async () => {
  const { sha256 } = await update("1.0.0");
  await update("1.1.0");
  await update("1.2.0", "other");

  expect(fetched(sha256)).toBe(1);
  expect(said.match(/A component did not change and is not downloaded component=.*/g)).toEqual([
    expect.stringContaining("component=data from=1.0.0"),
    expect.stringContaining("component=other from=1."),
  ]);
  expect(await readFile(inVersion("1.2.0", "other"))).toEqual(data);
  const files = [inVersion("1.1.0", "data"), inVersion("1.2.0", "other")];
  const numbers = await Promise.all(files.map(async (file) => (await stat(file)).ino));
  expect(new Set(numbers).size).toBe(files.length);
});

test("what somebody has changed is passed over, and leaves nothing behind", async () => {
  const component = await update("1.0.0");
  const path = inVersion("1.0.0", "data");
  const take = async () => await takeInstalled(component, { layout, installed: await installedFiles(layout), signal });
  expect(await take()).toBe("1.0.0");
  expect(await readFile(downloadedPath(layout, component.sha256))).toEqual(data);
  await rm(layout.downloads, { recursive: true });

  await rename(path, `${path}.away`);
  expect(await take(), "it is gone").toBeUndefined();
  await symlink(`${path}.away`, path);
  expect(await take(), "it is a link").toBeUndefined();
  await rm(path);
  await writeFile(path, Buffer.alloc(data.length, "otherwise"));
  expect(await take(), "it has other content").toBeUndefined();
  expect(await readdir(layout.downloads)).toEqual([]);
  await rm(join(versionFolder(layout, "1.0.0"), ".sluice.files"));
  expect(await installedFiles(layout), "nobody knows what was installed").toEqual(new Map());
});
