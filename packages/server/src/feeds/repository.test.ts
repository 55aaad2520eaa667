import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type WriteFile, writeDurably } from "./durable-file.ts";
import { openRoleKeys } from "./keys.ts";
import { openRepository, type Repository } from "./repository.ts";

const dayMs = 86_400_000;
const start = Date.parse("2026-03-15T10:00:00Z");

async function setUp(write?: WriteFile) {
  const data = await mkdtemp(join(tmpdir(), "sluice-feeds-"));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  const clock = { at: start, now: (): number => clock.at, wakeAt: () => () => undefined };
  const keys = await openRoleKeys({ folder: join(data, "keys"), app: "myapp" });
  const folder = join(data, "feeds", "myapp");
  const open = (writer = write) =>
    openRepository({ app: "myapp", folder, keys, clock, ...(writer === undefined ? {} : { write: writer }) });
  return { clock, keys, data, folder, open, repository: await open(write) };
}

function channel(content: string): Map<string, string> {
  return new Map([["channels/stable.json", content]]);
}

/** The versions in force, as a client finds them. */
async function versions(repository: Repository) {
  const timestamp = await signed(repository, "timestamp");
  const snapshot = await signed(repository, `${timestamp.meta["snapshot.json"].version}.snapshot`);
  const targets = await signed(repository, `${snapshot.meta["targets.json"].version}.targets`);
  const root = JSON.parse(repository.rootJson()).signed;
  return {
    root: root.version,
    timestamp: timestamp.version,
    snapshot: snapshot.version,
    targets: targets.version,
  };
}

async function signed(repository: Repository, name: string) {
  return JSON.parse(String(await repository.read(`metadata/${name}.json`))).signed;
}

describe("publishing", () => {
  test("raises every version by one and stores content under its hash", async () => {
    const { repository, folder } = await setUp();
    expect(await versions(repository)).toEqual({ root: 1, timestamp: 1, snapshot: 1, targets: 1 });
    await repository.publish(channel("hello"));
    expect(await versions(repository)).toEqual({ root: 1, timestamp: 2, snapshot: 2, targets: 2 });
    const hash = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    expect(await readdir(join(folder, "targets", "channels"))).toEqual([`${hash}.stable.json`]);
    expect(String(await repository.read(`targets/channels/${hash}.stable.json`))).toBe("hello");
  });

  test("the same again changes nothing, also after a restart", async () => {
    const { repository, open } = await setUp();
    await repository.publish(channel("a"));
    const before = await repository.read("metadata/timestamp.json");
    await repository.publish(channel("a"));
    const again = await open();
    await again.publish(channel("a"));
    expect(await again.read("metadata/timestamp.json")).toEqual(before);
    await again.publish(channel("b"));
    expect(await versions(again)).toMatchObject({ timestamp: 3, targets: 3 });
  });

  test("at the same time happens one after the other", async () => {
    const { repository } = await setUp();
    await Promise.all(["a", "b", "c"].map((content) => repository.publish(channel(content))));
    expect(await versions(repository)).toMatchObject({ timestamp: 4, snapshot: 4, targets: 4 });
  });

  test("keeps 20 versions behind the newest, with their content, and every root", async () => {
    const { repository, folder, open } = await setUp();
    for (let i = 0; i < 60; i++) await repository.publish(channel(`content ${i}`));
    const again = await open();
    const names = await readdir(join(folder, "metadata"));
    expect(names.filter((name) => name.endsWith(".targets.json"))).toHaveLength(21);
    expect(names.filter((name) => name.endsWith(".snapshot.json"))).toHaveLength(21);
    expect(names).toContain("1.root.json");
    expect(await readdir(join(folder, "targets", "channels"))).toHaveLength(21);
    expect(await versions(again)).toMatchObject({ targets: 61 });
  });

  test.each([
    "../escape.json",
    "channels/../../escape.json",
    "channels/.hidden.json",
    "keys/root.json",
    "channels/a/b.json",
  ])("to %s is refused", async (path) => {
    const { repository } = await setUp();
    await expect(repository.publish(new Map([[path, "x"]]))).rejects.toMatchObject({ code: "SIGNING_FAILED" });
    expect(await versions(repository)).toMatchObject({ timestamp: 1 });
  });

  test("more than clients accept is refused", async () => {
    const { repository } = await setUp();
    await expect(repository.publish(channel("x".repeat(4 * 1024 * 1024 + 1)))).rejects.toThrow(
      "clients accept at most",
    );
    const many = new Map(Array.from({ length: 2001 }, (_, i) => [`releases/1.0.${i}.json`, ""]));
    await expect(repository.publish(many)).rejects.toThrow("at most 2000");
  });
});

describe("renewal", () => {
  test("comes when half of a life is over, and not before", async () => {
    const { repository, clock } = await setUp();
    expect(repository.nextRenewal()).toBe(start + dayMs / 2);
    clock.at = start + dayMs / 2 - 1;
    await repository.renewIfDue();
    expect(await versions(repository)).toMatchObject({ timestamp: 1 });
    clock.at += 1;
    await repository.renewIfDue();
    expect(await versions(repository)).toEqual({ root: 1, timestamp: 2, snapshot: 1, targets: 1 });
    expect(repository.nextRenewal()).toBe(start + dayMs);
  });

  test("keeps everything alive for two years, sleeping in between", async () => {
    const { repository, clock } = await setUp();
    await repository.publish(channel("a"));
    let wakes = 0;
    for (const end = start + 730 * dayMs; clock.at < end; wakes++) {
      clock.at = repository.nextRenewal();
      await repository.renewIfDue();
      expect(repository.nextRenewal()).toBeGreaterThan(clock.at);
    }
    // Two a day for the timestamp; every renewal of another role renews the timestamp too.
    expect(wakes).toBeLessThan(730 * 2.5);
    const { root, snapshot, targets } = await versions(repository);
    expect(root).toBe(5);
    expect(targets).toBeGreaterThanOrEqual(2 + 730 / 45 - 1);
    expect(snapshot).toBeGreaterThanOrEqual(2 + 730 / 3.5 - 1);
    for (const version of [1, 2, 3, 4, 5]) expect(await repository.read(`metadata/${version}.root.json`)).toBeDefined();
  });

  test("is made up for after the server was off for long", async () => {
    const { repository, clock, open } = await setUp();
    await repository.publish(channel("a"));
    clock.at = start + 400 * dayMs;
    const again = await open();
    expect(again.nextRenewal()).toBeLessThan(clock.at);
    await again.renewIfDue();
    expect(await versions(again)).toEqual({ root: 2, timestamp: 3, snapshot: 3, targets: 3 });
    expect(again.nextRenewal()).toBe(clock.at + dayMs / 2);
  });
});

describe("a write that fails", () => {
  /** Fails at the write with that number, counted from when it is armed, and at all that follow until disarmed. */
  function failing(code: string) {
    const state = { left: Number.POSITIVE_INFINITY };
    const write: WriteFile = async (path, bytes) => {
      if (state.left-- <= 0) throw Object.assign(new Error(`${code}: write`), { code });
      await writeDurably(path, bytes);
    };
    return { state, write };
  }

  test.each([0, 1, 2, 3])(
    "after %i writes leaves the old state in force, and the next try succeeds",
    async (written) => {
      const { state, write } = failing("ENOSPC");
      const { repository } = await setUp(write);
      await repository.publish(channel("old"));
      const before = await versions(repository);
      state.left = written;
      await expect(repository.publish(channel("new"))).rejects.toMatchObject({ code: "DISK_FULL", retryable: true });
      expect(await versions(repository)).toEqual(before);
      state.left = Number.POSITIVE_INFINITY;
      await repository.publish(channel("newer"));
      expect(await versions(repository)).toEqual({ root: 1, timestamp: 3, snapshot: 3, targets: 3 });
    },
  );

  test("what is written but not in force is not served", async () => {
    const { state, write } = failing("EIO");
    const { repository, folder } = await setUp(write);
    state.left = 3;
    await expect(repository.publish(channel("new"))).rejects.toMatchObject({ code: "SIGNING_FAILED", retryable: true });
    expect(await readdir(join(folder, "metadata"))).toContain("2.snapshot.json");
    expect(await repository.read("metadata/2.snapshot.json")).toBeUndefined();
    expect(await repository.read("metadata/2.targets.json")).toBeUndefined();
  });

  test("at the very end, when the new state is on disk, does not use its version for something else", async () => {
    const late: { fails: boolean } = { fails: false };
    const { repository } = await setUp(async (path, bytes) => {
      await writeDurably(path, bytes);
      if (late.fails && path.endsWith("timestamp.json")) throw Object.assign(new Error("EIO: fsync"), { code: "EIO" });
    });
    late.fails = true;
    await expect(repository.publish(channel("a"))).rejects.toMatchObject({ retryable: true });
    late.fails = false;
    await repository.publish(channel("b"));
    expect(await versions(repository)).toMatchObject({ timestamp: 3, targets: 3 });
  });

  test.each([0, 1, 2, 3])("after %i writes of the first start ever leaves something to go on from", async (written) => {
    const { state, write } = failing("EIO");
    state.left = written;
    const data = await mkdtemp(join(tmpdir(), "sluice-feeds-"));
    onTestFinished(() => rm(data, { recursive: true, force: true }));
    const clock = { now: () => start, wakeAt: () => () => undefined };
    const keys = await openRoleKeys({ folder: join(data, "keys"), app: "myapp" });
    const options = { app: "myapp", folder: join(data, "feeds"), keys, clock };
    await expect(openRepository({ ...options, write })).rejects.toMatchObject({ code: "SIGNING_FAILED" });
    expect(await versions(await openRepository(options))).toEqual({ root: 1, timestamp: 1, snapshot: 1, targets: 1 });
  });
});

describe("a folder that cannot be trusted", () => {
  test("because the keys are others is refused", async () => {
    const { folder, data, clock, repository } = await setUp();
    await repository.publish(channel("a"));
    const keys = await openRoleKeys({ folder: join(data, "keys"), app: "other" });
    const opened = openRepository({ app: "myapp", folder, keys, clock });
    await expect(opened).rejects.toMatchObject({ code: "SIGNING_FAILED", retryable: false });
    await expect(opened).rejects.toThrow(/not the one that clients trust.*backup/);
  });

  test.each(["timestamp.json", "2.snapshot.json", "2.targets.json", "1.root.json"])(
    "because %s was changed is refused",
    async (name) => {
      const { folder, repository, open } = await setUp();
      await repository.publish(channel("a"));
      const path = join(folder, "metadata", name);
      await writeFile(path, (await readFile(path, "utf8")).replace(`"expires":"20`, `"expires":"21`));
      await expect(open()).rejects.toMatchObject({ code: "SIGNING_FAILED", retryable: false });
      await writeFile(path, "{");
      await expect(open()).rejects.toThrow(`${name} is damaged`);
    },
  );
});
