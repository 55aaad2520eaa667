import { mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type DiskWatch, watchDisk } from "./disk/files.ts";
import { layoutOf } from "./disk/layout.ts";
import { isIntact } from "./install/install.ts";
import { installedManifest } from "./install/receipt.ts";
import { systemClock } from "./ports/clock.ts";
import { livingProcesses, readRun } from "./program/run-file.ts";
import { stopRun } from "./program/stop-run.ts";
import { type Image, openReader, writeImage } from "./testing/disk-image.ts";
import { type ForgetfulDisk, isIn, openForgetfulDisk, type PowerCut } from "./testing/forgetful-disk.ts";
import { databaseOf, publishedBy, publishSleeper, sleeperOptions } from "./testing/machine.ts";
import { versionOfColumns } from "./testing/migrations.ts";
import { type StubServer, startStub } from "./testing/stub-server.ts";
import { openUpdater } from "./updater.ts";

// Hundreds of machines are started and stopped: minutes where others use the processors as well.
vi.setConfig({ testTimeout: 1_800_000, hookTimeout: 300_000 });

/** The kernel's lock, and the program's own output: not the updater's to keep. */
const except = ["agent.lock.db", "agent.lock.json", "program.log"];
let stub: StubServer;
let scratch: string;
let made = 0;

beforeAll(async () => {
  stub = await startStub();
  scratch = await mkdtemp(join(tmpdir(), "sluice-power-"));
});

afterAll(async () => {
  await stub.close();
  await rm(scratch, { recursive: true, force: true });
});

const open = (root: string) => openUpdater(sleeperOptions(root, stub.url));
const newRoot = () => join(scratch, String(made++));

/** A machine with 1.0.0 on it, running. */
async function machineWith1(): Promise<string> {
  const root = newRoot();
  await publishSleeper(stub, "1.0.0");
  expect(await (await open(root)).update()).toMatchObject({ kind: "completed" });
  return root;
}

/** What the machine's program runs as. */
async function running(root: string): Promise<string | undefined> {
  const run = await readRun(layoutOf(join(root, "app")));
  return run !== undefined && livingProcesses(run).length === 1 ? run.version : undefined;
}

async function scrap(root: string): Promise<void> {
  await stopRun(layoutOf(join(root, "app")), systemClock, 1_000);
  await rm(root, { recursive: true, force: true });
}

function columnsOf(file: string): string[] {
  const database = new DatabaseSync(file);
  try {
    return database
      .prepare("SELECT name FROM pragma_table_info('items')")
      .all()
      .map(({ name }) => String(name));
  } finally {
    database.close();
  }
}

/** Starts the agent's care on a machine as it is, and sees that what comes out of it is whole and healthy. */
async function demandHealth(root: string, allowed: readonly string[], when: string): Promise<void> {
  const updater = await open(root);
  const care = await updater.takeCare();
  try {
    await care.settle(new AbortController().signal);
    const layout = layoutOf(join(root, "app"));
    const { installed, kept, update } = await updater.status();
    expect(allowed, when).toContain(installed);
    expect(await readlink(layout.current), when).toBe(`versions/${installed}`);
    expect(await running(root), when).toBe(installed);
    expect(await readFile(join(layout.current, "health"), "utf8"), when).toBe("exit 0\n");
    expect(update, when).toBeNull();
    expect(await readFile(join(publishedBy(root), "index.html"), "utf8"), when).toBe(installed);
    expect(versionOfColumns(columnsOf(databaseOf(root))), when).toBe(installed);
    expect(await readdir(layout.staging).catch(() => []), when).toEqual([]);
    for (const version of kept) {
      const manifest = await installedManifest(layout, version);
      expect(manifest !== undefined && (await isIntact(layout, version, manifest)), `${when}: ${version}`).toBe(true);
    }
  } finally {
    await care.end();
  }
}

/** Does something on a machine, watched by a disk that could fail at any moment of it. */
async function watched(root: string, act: () => Promise<unknown>): Promise<ForgetfulDisk> {
  const disk = openForgetfulDisk({ root, except, safe: ["data"] });
  const end = watchDisk(disk);
  try {
    await act();
  } finally {
    end();
  }
  return disk;
}

/** So many machines at a time: they mostly wait for their disks. */
const atATime = 6;

async function forEach<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  const left = all.values();
  await Promise.all(
    Array.from({ length: atATime }, async () => {
      for (const one of left) await act(one);
    }),
  );
}

/** A machine with what an image holds, for as long as `act` takes. */
async function onMachine<T>(image: Image, act: (root: string) => Promise<T>): Promise<T> {
  const root = newRoot();
  writeImage(image, root);
  try {
    return await act(root);
  } finally {
    await scrap(root);
  }
}

const survive = (cuts: readonly PowerCut[], allowed: readonly string[]) =>
  forEach(cuts, ({ when, image }) => onMachine(image, (root) => demandHealth(root, allowed, when)));

/** Every cut of an update to 2.0.0, and how many operations it had. */
async function updateTo2(behaviour: "good" | "crashing"): Promise<ForgetfulDisk> {
  const root = await machineWith1();
  await publishSleeper(stub, "2.0.0", behaviour);
  try {
    return await watched(root, async () => (await open(root)).update());
  } finally {
    await scrap(root);
  }
}

test.each([
  ["a successful update", "good", ["1.0.0", "2.0.0"]],
  ["an update that is rolled back", "crashing", ["1.0.0"]],
] as const)("%s survives a power failure at every operation", async (name, behaviour, allowed) => {
  const disk = await updateTo2(behaviour);

  await survive(disk.cuts(), allowed);

  console.log(`${name}: ${2 * disk.operations()} kill points, ${disk.cuts().length} different disks, all healthy`);
  expect(disk.operations()).toBeGreaterThan(150);
});

test.each([
  ["while it goes on", "good", ["1.0.0", "2.0.0"]],
  ["while it goes back", "crashing", ["1.0.0"]],
] as const)("a second power failure, %s after the first, is survived as well", async (_name, behaviour, allowed) => {
  const first = (await updateTo2(behaviour)).cuts();
  const every = Math.ceil(first.length / 6);
  const seconds: PowerCut[] = [];
  await forEach(
    first.filter((_cut, index) => index % every === every - 1),
    (cut) =>
      onMachine(cut.image, async (root) => {
        const again = await watched(root, () => demandHealth(root, allowed, cut.when));
        const sample = Math.ceil(again.cuts().length / 10);
        const picked = again.cuts().filter((_second, index) => index % sample === 0);
        seconds.push(...picked.map(({ when, image }) => ({ when: `${cut.when}, then ${when}`, image })));
      }),
  );

  await survive(seconds, allowed);
  expect(seconds.length).toBeGreaterThan(30);
});

test.each([
  ["ENOSPC", 4],
  ["EROFS", 8],
  ["EACCES", 8],
])("from any operation on, the disk says %s", async (code, every) => {
  const base = await machineWith1();
  const image = openReader(base, except)();
  await scrap(base);
  await publishSleeper(stub, "2.0.0");
  const counts = await onMachine(image, (root) => watched(root, async () => (await open(root)).update()));
  const points = Array.from({ length: Math.floor(counts.operations() / every) }, (_, index) => index * every);

  await forEach(points, (point) =>
    onMachine(image, async (root) => {
      const end = watchDisk(failingFrom(root, point, code));
      try {
        await open(root)
          .then((updater) => updater.update())
          .catch(() => undefined);
      } finally {
        end();
      }
      await demandHealth(root, ["1.0.0", "2.0.0"], `${code} from operation ${point}`);
    }),
  );
  console.log(`${code} from each of ${points.length} operations on: all healthy once the disk was`);
});

/** A disk that refuses everything from an operation on. On a full one, things can still be removed, and what is there synced. */
function failingFrom(root: string, point: number, code: string): DiskWatch {
  let count = 0;
  return {
    before({ kind, path }) {
      if (!isIn(root, path) || count++ < point || (code === "ENOSPC" && (kind === "remove" || kind === "sync"))) return;
      throw Object.assign(new Error(`${code}: injected, ${kind} '${path}'`), { code });
    },
    after: () => undefined,
  };
}

test("a health check that hangs is no health", async () => {
  const root = await machineWith1();
  await publishSleeper(stub, "2.0.0", "hanging");

  expect(await (await open(root)).update()).toMatchObject({
    kind: "rolled-back",
    code: "HEALTH_CHECK_FAILED",
    reason: expect.stringContaining("the health command ended by SIGKILL"),
  });

  await demandHealth(root, ["1.0.0"], "after a health check that hung");
  await scrap(root);
});
