import { chmod, mkdir, readdir, readFile, readlink, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sayStatus } from "../agent/say.ts";
import { systemPorts as realPorts } from "../ports/ports.ts";
import { packed } from "../testing/packed.ts";
import { programOf } from "../testing/program.ts";
import { openWorld, type World } from "../testing/world.ts";
import { openUpdater, type Updater } from "../updater.ts";

let world: World;
let updater: Updater;

beforeEach(async () => {
  world = await openWorld();
  await publish("1.0.0");
  updater = await openUpdater(world.options);
  expect(await updater.update()).toMatchObject({ kind: "completed" });
  await updater.sendReports();
});

afterEach(() => world.end());

/** A release of a program that keeps `assets/open.log` open to write in, and some files beside it. */
async function publish(version: string): Promise<void> {
  const opens = `require("node:fs").openSync(__dirname + "/assets/open.log", "a");\n`;
  const program = programOf(version).toString().replace(`"use strict";\n`, `"use strict";\n${opens}`);
  const files = { "app.js": "released", "deep/er/style.css": "released", "open.log": "" };
  world.stub.publish(version, [
    { name: "program", kind: "file", executable: true, content: Buffer.from(program) },
    { name: "assets", kind: "folder", content: await packed(files) },
  ]);
  world.stub.live = version;
  world.stub.offer({ version });
}

const at = (...names: string[]) => join(world.folder, "versions", "1.0.0", ...names);
const content = (...names: string[]) => readFile(at(...names), "utf8");
const inspect = () => updater.inspect({ thorough: false });
const altered = async () => (await updater.status()).altered.map(({ what }) => what);

async function told(): Promise<string[]> {
  await updater.sendReports();
  return world.stub.reports
    .filter(({ status }) => status === "altered")
    .map(({ version, details }) => `${version}: ${details.reason}`);
}

test("what is as it was installed is not touched, and nobody is told", async () => {
  const fetched = world.stub.fetched.length;
  await inspect();
  await updater.inspect({ thorough: true });
  expect(await altered()).toEqual([]);
  expect(await told()).toEqual([]);
  expect(world.stub.fetched.length).toBe(fetched);
});

test("whatever is changed is put back while the program runs on, and server and status say so", async () => {
  const before = await world.running();
  const alterations: readonly [() => Promise<unknown>, readonly string[]][] = [
    [() => writeFile(at("assets", "app.js"), "hand-made"), ["assets/app.js"]],
    [() => rm(at("assets", "app.js")), ["assets/app.js"]],
    [
      () => rm(at("assets", "deep"), { recursive: true }),
      ["assets/deep", "assets/deep/er", "assets/deep/er/style.css"],
    ],
    [() => linkTo(at("assets", "deep")), ["assets/deep", "assets/deep/er", "assets/deep/er/style.css"]],
    [() => folderAt(at("assets", "app.js")), ["assets/app.js"]],
    [() => chmod(at("assets", "app.js"), 0o666), ["assets/app.js"]],
    [() => chmod(at("assets", "app.js"), 0), ["assets/app.js"]],
    [() => chmod(at("program"), 0o644), ["program"]],
  ];
  for (const [alter, names] of alterations) {
    // Forgotten, so that each is the first.
    await rm(join(world.folder, "alterations.json"), { force: true });
    await alter();

    await inspect();

    expect(await content("assets", "app.js")).toBe("released");
    expect(await content("assets", "deep", "er", "style.css")).toBe("released");
    expect((await stat(at("program"))).mode & 0o777).toBe(0o755);
    expect((await stat(at("assets", "app.js"))).mode & 0o777).toBe(0o644);
    const said = `1.0.0: ${names.join(", ")} changed by hand, put back as released`;
    expect((await told()).at(-1)).toBe(said);
    expect(sayStatus(await updater.status(), true)).toMatch(new RegExp(`altered +${said} \\(20`));
    expect(await readdir(join(world.folder, "downloads"))).toEqual([]);
    expect(await readdir(join(world.folder, "staging"))).toEqual([]);
  }
  expect(await world.running()).toEqual(before);
});

async function linkTo(path: string): Promise<void> {
  const elsewhere = join(world.folder, "elsewhere");
  await rename(path, elsewhere);
  await symlink(elsewhere, path);
}

async function folderAt(path: string): Promise<void> {
  await rm(path);
  await mkdir(path);
}

test("what stood there is kept, and a file that changes again is left to whoever changes it", async () => {
  await writeFile(at("assets", "app.js"), "hand-made");
  await inspect();
  const [found = ""] = await readdir(join(world.folder, "found"));
  expect(await readFile(join(world.folder, "found", found, "assets", "app.js"), "utf8")).toBe("hand-made");

  for (const text of ["again", "and again"]) {
    await writeFile(at("assets", "app.js"), text);
    const fetched = world.stub.fetched.length;
    await inspect();
    expect(await content("assets", "app.js")).toBe(text);
    expect(world.stub.fetched.length).toBe(fetched);
    expect(await altered()).toEqual(["assets/app.js changed again after being put back, so left to the program"]);
  }
});

test("a file that the program is writing in is left to it, and what is added stays and is named", async () => {
  const fetched = world.stub.fetched.length;
  await writeFile(at("assets", "open.log"), "the program's own");
  await writeFile(at("assets", "plugin.js"), "mine");

  await inspect();

  expect(await content("assets", "open.log")).toBe("the program's own");
  expect(await altered()).toEqual([
    "assets/open.log changed, and left: the program is writing in it; besides the release: assets/plugin.js",
  ]);
  expect(world.stub.fetched.length).toBe(fetched);
});

test("a change that leaves size and time as they were is found when every file is read", async () => {
  await inspect();
  const { atime, mtime } = await stat(at("assets", "app.js"));
  const { utimes } = await import("node:fs/promises");
  await writeFile(at("assets", "app.js"), "RELEASED");
  await utimes(at("assets", "app.js"), atime, mtime);
  await updater.inspect({ thorough: true });
  expect(await content("assets", "app.js")).toBe("released");
});

test.each([".sluice.json", ".sluice.files"])("%s, edited or deleted, is made anew", async (name) => {
  const before = await content(name);
  const running = await world.running();
  for (const alter of [() => rm(at(name)), () => writeFile(at(name), "{}")]) {
    await alter();
    await inspect();
    expect(await content(name)).toBe(before);
  }
  expect(await world.running()).toEqual(running);
});

test("a version whose folder was deleted is brought back while its program runs on", async () => {
  const before = await world.running();
  await rm(dirname(at("x")), { recursive: true });

  await updater.check();

  expect(await content("assets", "app.js")).toBe("released");
  expect(await readlink(join(world.folder, "current"))).toBe("versions/1.0.0");
  expect(await world.running()).toEqual(before);
  expect(await told()).toHaveLength(1);
});

test("without the server the program runs on, and it is tried again later, not at once", async () => {
  const before = await world.running();
  world.stub.intercept = (request, response) => {
    if (!/blobs|releases/.test(request.url ?? "")) return false;
    response.writeHead(503).end();
    return true;
  };
  await rm(at("program"));
  const slow = {
    ...world.options,
    ports: { ...realPorts, clock: { ...realPorts.clock, sleep: async () => undefined } },
  };
  updater = await openUpdater(slow);

  await inspect();
  expect(await altered()).toEqual([expect.stringMatching(/^changed by hand and not put back yet: /)]);
  expect(await world.running()).toEqual(before);
  const asked = world.stub.fetched.length;
  world.stub.intercept = undefined;
  await inspect();
  expect(world.stub.fetched.length, "it waits").toBe(asked);

  updater = await openUpdater({
    ...slow,
    ports: { ...slow.ports, clock: { ...slow.ports.clock, now: () => Date.now() + 700_000 } },
  });
  await inspect();
  expect((await stat(at("program"))).mode & 0o777).toBe(0o755);
  expect(await world.running()).toEqual(before);
});

test("a release is tampered with on its way: nothing of it is put back", async () => {
  world.stub.intercept = (request, response) => {
    if (!request.url?.includes("/blobs/")) return false;
    response.end("evil");
    return true;
  };
  await rm(at("assets", "app.js"));
  await inspect();
  await expect(content("assets", "app.js")).rejects.toThrow("ENOENT");
  expect(await altered()).toEqual([expect.stringContaining("not put back yet: The component assets")]);
});

test("before an update the old version is put right, so that it can be gone back to", async () => {
  await writeFile(at("assets", "app.js"), "hand-made");
  await publish("2.0.0");
  world.stub.publish("2.0.0", [
    { name: "program", kind: "file", executable: true, content: programOf("2.0.0", "broken") },
  ]);
  const impatient = { ...world.options, rollback: { ...world.options.rollback, healthCheckTimeoutMs: 1_000 } };
  updater = await openUpdater(impatient);

  expect(await updater.update()).toMatchObject({ kind: "rolled-back", to: "1.0.0" });

  expect(await content("assets", "app.js")).toBe("released");
  expect(await world.running()).toMatchObject({ version: "1.0.0" });
});
