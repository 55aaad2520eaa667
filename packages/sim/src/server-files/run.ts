import { Readable } from "node:stream";
import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import { sha256Hex } from "@sluice/core/log/digest.ts";
import { openFileSystemBlobs } from "@sluice/server/blobs/file-system.ts";
import type { BlobStore } from "@sluice/server/blobs/store.ts";
import { openRoleKeys } from "@sluice/server/feeds/keys.ts";
import { openRepository, type Repository } from "@sluice/server/feeds/repository.ts";
import { VirtualClock } from "../clock/virtual-clock.ts";
import { MachineDisk } from "../disk/machine-disk.ts";
import type { Random } from "../fleet/random.ts";
import { findPublished } from "./published.ts";
import { live } from "./server-life.ts";

interface ServerFilesOptions {
  readonly random: Random;
  /** Whether it is killed and loses power, and whether its disk is full at times. */
  readonly dies: boolean;
  readonly fills: boolean;
  readonly tell: (line: string) => void;
  /** Is told of every fault that takes effect. */
  readonly strike: (fault: string) => void;
}

const hour = 3_600_000;
const app = "simulated";
/** When it begins, ms since the epoch. */
const start = 1_709_510_400_000;
const maxBytes = 1_000_000;
/** How often its process is started; only the last time it lives until it has done its work. */
const lives = 10;

/**
 * The files that a server writes itself, its signed feeds and its blobs, by production code on a disk that forgets what was not synced and tears
 * what was written last; the server dies at any change of the disk, and finds afterwards what it has acknowledged.
 * @returns what is violated, if anything
 */
export async function runServerFiles(options: ServerFilesOptions): Promise<string | undefined> {
  const { random, dies, fills, tell, strike } = options;
  const clock = new VirtualClock(start);
  const disk = new MachineDisk(() => clock.now());
  disk.makeFolder(["home"], 0o755);
  disk.sync(disk.root);
  const files = new Files(random, clock, disk);
  for (let life = 0; life < lives; life++) {
    // Some lives are short: what a killed server has not synced, the next one relies on, and must not lose.
    const afterNewName = random.chance(0.4);
    const changes = random.below(afterNewName ? 12 : random.chance(0.6) ? 30 : 120);
    const ends = dies && life < lives - 1 ? { changes, afterNewName } : undefined;
    const steps = 2 + random.below(8);
    const ending = await live(disk, random, ends, async (folder) => {
      await files.open(`${folder}/home/data`);
      for (let step = 0; step < steps; step++) {
        disk.full = fills && random.chance(0.1);
        if (disk.full) strike("the disk of the server's files is full");
        await files.step();
        disk.full = false;
      }
      await files.look();
    });
    disk.full = false;
    if (ending.by === "a failure") files.violation ??= `the server cannot go on: ${ending.error}`;
    if (files.violation !== undefined) return files.violation;
    if (ending.by !== "itself") strike(`the server that writes files was ended by ${ending.by}`);
    tell(`the files of the server: life ${life} ended by ${ending.by}, ${files.acknowledged.size} feeds are published`);
    await clock.moveTo(clock.now() + random.below(48) * hour);
  }
  return undefined;
}

/** What a server does to its files, and what it has acknowledged so far. */
class Files {
  violation: string | undefined;
  acknowledged: ReadonlyMap<string, string> = new Map();
  readonly #random: Random;
  readonly #clock: VirtualClock;
  readonly #disk: MachineDisk;
  /** What it was about to publish, and may have. */
  #pending: ReadonlyMap<string, string> | undefined;
  readonly #blobs = new Map<string, string>();
  readonly #tried = new Map<string, string>();
  readonly #served = new Map<number, string>();
  #repository: Repository | undefined;
  #store: BlobStore | undefined;

  constructor(random: Random, clock: VirtualClock, disk: MachineDisk) {
    this.#random = random;
    this.#clock = clock;
    this.#disk = disk;
  }

  /** Starts on what the disk holds. */
  async open(folder: string): Promise<void> {
    const keys = await openRoleKeys({ folder: `${folder}/keys`, app });
    this.#repository = await openRepository({ app, folder: `${folder}/feeds/${app}`, keys, clock: this.#clock });
    this.#store = await openFileSystemBlobs(`${folder}/blobs`);
    await this.look();
  }

  /** Looks whether everything acknowledged is there, and nothing else. */
  async look(): Promise<void> {
    const [repository, store] = [this.#repository, this.#store];
    if (repository === undefined || store === undefined) return;
    const found = await findPublished(repository);
    if (typeof found === "string") {
      this.violation ??= found;
      return;
    }
    const shown = JSON.stringify([...found.targets]);
    const expected = [this.acknowledged, ...(this.#pending === undefined ? [] : [this.#pending])];
    if (!expected.some((targets) => JSON.stringify([...targets].sort()) === JSON.stringify([...found.targets].sort())))
      this.violation ??= `version ${found.version} of what is published is not what was acknowledged: ${shown}`;
    const before = this.#served.get(found.version);
    if (before !== undefined && before !== shown)
      this.violation ??= `version ${found.version} was served with another content before`;
    const newest = Math.max(0, ...this.#served.keys());
    if (found.version < newest) this.violation ??= `version ${newest} was served, and now ${found.version} is`;
    this.#served.set(found.version, shown);
    this.acknowledged = found.targets;
    this.#pending = undefined;
    for (const [sha256, content] of this.#tried) {
      const stored = await store.read(sha256);
      const text = stored === undefined ? undefined : Buffer.concat(await stored.toArray()).toString("utf8");
      if (text === undefined && this.#blobs.has(sha256)) this.violation ??= `the blob ${sha256} was kept, and is gone`;
      // Nobody sends again what is seen to be there.
      if (text !== undefined) this.#blobs.set(sha256, content);
      if (text !== undefined && text !== content) this.violation ??= `the blob ${sha256} holds something else`;
    }
  }

  /** Does one thing; a full disk may keep it from doing it, and nothing else may. */
  async step(): Promise<void> {
    const { violation } = this;
    if (violation !== undefined) return;
    try {
      await this.#do();
    } catch (error) {
      const isFull = error instanceof OperationalError && error.code === "DISK_FULL" && this.#disk.full;
      if (!isFull) throw error;
    }
  }

  async #do(): Promise<void> {
    const random = this.#random;
    switch (random.below(4)) {
      case 0:
        return this.#put();
      case 1:
        await this.#clock.moveTo(this.#clock.now() + random.below(40 * 24) * hour);
        return this.#repository?.renewIfDue();
      case 2:
        return this.#disk.full ? undefined : this.look();
      default:
        return this.#publish();
    }
  }

  async #publish(): Promise<void> {
    const random = this.#random;
    const targets = new Map<string, string>();
    for (let feed = random.below(4); feed >= 0; feed--)
      targets.set(`channels/stage-${feed}.json`, JSON.stringify({ feed, content: random.below(1_000) }));
    this.#pending = targets;
    await this.#repository?.publish(targets);
    this.acknowledged = targets;
    this.#pending = undefined;
  }

  async #put(): Promise<void> {
    const content = `content ${this.#random.below(6)} `.repeat(50);
    const sha256 = sha256Hex(content);
    this.#tried.set(sha256, content);
    const offset = (await this.#store?.uploadOffset(sha256)) ?? 0;
    const rest = Buffer.from(content).subarray(offset);
    const middle = this.#random.below(rest.length + 1);
    const body = Readable.from([rest.subarray(0, middle), rest.subarray(middle)].filter(({ length }) => length > 0));
    try {
      await this.#store?.put(sha256, body, { offset, total: content.length, maxBytes });
      this.#blobs.set(sha256, content);
    } catch (error) {
      // What a power cut has left of an upload is noticed, and is sent again from its beginning.
      if (!(error instanceof OperationalError && error.code === "BLOB_DIGEST_MISMATCH")) throw error;
    }
  }
}
