import { Readable } from "node:stream";
import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import { sha256Hex } from "@sluice/core/log/digest.ts";
import { openFileSystemBlobs } from "@sluice/server/blobs/file-system.ts";
import type { BlobStore } from "@sluice/server/blobs/store.ts";
import { openRoleKeys } from "@sluice/server/feeds/keys.ts";
import { openRepository, type Repository } from "@sluice/server/feeds/repository.ts";
import { VirtualClock } from "../clock/virtual-clock.ts";
import { MachineDisk } from "../disk/machine-disk.ts";
import { losses } from "../disk/tree.ts";
import type { Random } from "../fleet/random.ts";
import { type Found, findPublished, findStale } from "./published.ts";
import { type End, live } from "./server-life.ts";

interface ServerFilesOptions {
  readonly random: Random;
  /** Whether it is killed and loses power, and whether its disk is full, or fails, at times. */
  readonly dies: boolean;
  readonly fills: boolean;
  /** It is killed once, just after a new name, and the server after it loses power once it has done its work. */
  readonly once?: boolean;
  readonly tell: (line: string) => void;
  /** Is told of every fault that takes effect. */
  readonly strike: (fault: string) => void;
}

const hour = 3_600_000;
const app = "simulated";
/** When it begins, ms since the epoch. */
const start = 1_709_510_400_000;
const maxBytes = 1_000_000;
/** How long a client may have no network, in ms, and still trust what it has. */
const offlineMs = 6 * hour;
/** For how many versions clients find what they were sent to. */
const keptVersions = 20;
/** How often its process is started; only the last time it lives until it has done its work. */
const lives = 10;
/** So many names a server makes that starts on an empty disk, and some more. */
const firstNames = 24;

/**
 * The files that a server writes itself, its signed feeds and its blobs, by production code on a disk that forgets what was not synced and tears
 * what was written last; the server dies at any change of the disk, and finds afterwards what it has acknowledged.
 * @returns what is violated, if anything
 */
export async function runServerFiles(options: ServerFilesOptions): Promise<string | undefined> {
  const { random, dies, fills, tell, strike, once = false } = options;
  const clock = new VirtualClock(start);
  const disk = new MachineDisk(() => clock.now());
  disk.makeFolder(["home"], 0o755);
  disk.sync(disk.root);
  const files = new Files(random, clock, disk);
  for (let life = 0; life < (once ? 3 : lives); life++) {
    const ends = once ? onceKilled(random, life) : drawEnd(random, dies, life);
    const steps = once ? 1 + random.below(4) : 2 + random.below(8);
    const ending = await live(disk, random, ends, async (folder) => {
      await files.open(`${folder}/home/data`);
      for (let step = 0; step < steps; step++) {
        disk.full = fills && random.chance(0.1);
        // What is last is not written again before the power fails.
        const fails = random.chance(step === steps - 1 ? 0.5 : 0.15);
        disk.broken = fills && fails ? (breakages[random.below(breakages.length)] ?? "nothing") : "nothing";
        if (disk.full) strike("the disk of the server's files is full");
        if (disk.broken !== "nothing") strike(`the disk of the server's files fails of ${disk.broken}`);
        await files.step();
        disk.full = false;
        disk.broken = "nothing";
      }
      await files.look();
    });
    disk.full = false;
    disk.broken = "nothing";
    if (ending.by === "a failure") files.violation ??= `the server cannot go on: ${ending.error}`;
    if (files.violation !== undefined) return files.violation;
    if (ending.by !== "itself") strike(`the server that writes files was ended by ${ending.by}`);
    tell(`the files of the server: life ${life} ended by ${ending.by}, ${files.acknowledged.size} feeds are published`);
    if (ending.by === "itself" && dies && random.chance(once ? 0.8 : 0.5)) {
      strike("the power of the server's files failed while it did nothing");
      disk.cutPower(once ? "synced" : (losses[random.below(losses.length)] ?? "all"), false);
    }
    await clock.moveTo(clock.now() + random.below(48) * hour);
  }
  return undefined;
}

/** Some lives are short: what a killed server has not synced, the next one relies on, and must not lose. */
function drawEnd(random: Random, dies: boolean, life: number): End | undefined {
  const afterNewName = random.chance(0.4);
  const changes = random.below(afterNewName ? 12 : random.chance(0.6) ? 30 : 120);
  return dies && life < lives - 1 ? { changes, afterNewName } : undefined;
}

function onceKilled(random: Random, life: number): End | undefined {
  return life === 0 ? { changes: random.below(firstNames), afterNewName: true, killed: true } : undefined;
}

const breakages = ["writes", "syncs", "syncs of content"] as const;
/** How the server says that its disk has failed. */
const failures = ["SIGNING_FAILED", "STORE_UNAVAILABLE"];

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
  /** What clients were sent to lately. */
  #ways: readonly Found[] = [];
  /** Everything that was due has been renewed. */
  #isFresh = false;
  #repository: Repository | undefined;
  #store: BlobStore | undefined;

  constructor(random: Random, clock: VirtualClock, disk: MachineDisk) {
    this.#random = random;
    this.#clock = clock;
    this.#disk = disk;
  }

  /** Starts on what the disk holds. */
  async open(folder: string): Promise<void> {
    this.#isFresh = false;
    const keys = await openRoleKeys({ folder: `${folder}/keys`, app });
    this.#repository = await openRepository({ app, folder: `${folder}/feeds/${app}`, keys, clock: this.#clock });
    this.#store = await openFileSystemBlobs(`${folder}/blobs`);
    this.#lookForRemains();
    await this.look();
  }

  /** What interrupted writes have left of feeds is gone once a server has started. */
  #lookForRemains(): void {
    if (this.#disk.full || this.#disk.broken !== "nothing") return;
    const metadata = this.#disk.folder(["home", "data", "feeds", app, "metadata"], "scandir");
    const left = [...metadata.names.keys()].find((name) => name.endsWith(".tmp"));
    if (left !== undefined) this.violation ??= `${left} has been left by an interrupted write`;
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
    await this.#lookBack(repository, found);
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

  /** A client in the midst of its refresh still finds what it was sent to a few versions ago. */
  async #lookBack(repository: Repository, found: Found): Promise<void> {
    this.#ways = [...this.#ways.filter(({ version }) => version > found.version - keptVersions).slice(-3), found];
    for (const { version, way } of this.#ways)
      for (const path of way)
        if ((await repository.read(path)) === undefined)
          this.violation ??= `a client that was sent to ${path} by version ${version} does not find it at ${found.version}`;
  }

  /** Does one thing; a full disk may keep it from doing it, and nothing else may. */
  async step(): Promise<void> {
    const { violation } = this;
    if (violation !== undefined) return;
    try {
      await this.#do();
    } catch (error) {
      const { full, broken } = this.#disk;
      const isFull = error instanceof OperationalError && error.code === "DISK_FULL" && full;
      const fails = error instanceof OperationalError && failures.includes(error.code) && broken !== "nothing";
      if (!isFull && !fails) throw error;
    }
  }

  async #do(): Promise<void> {
    const random = this.#random;
    switch (random.below(4)) {
      case 0:
        return this.#put();
      case 1:
        return this.#renew();
      case 2:
        return this.#disk.full || this.#disk.broken !== "nothing" ? undefined : this.look();
      default:
        return this.#publish();
    }
  }

  async #renew(): Promise<void> {
    const [repository, random, clock] = [this.#repository, this.#random, this.#clock];
    if (repository === undefined) return;
    if (random.chance(0.5)) {
      // As the controller does, which sleeps until then.
      await clock.moveTo(Math.max(clock.now(), repository.nextRenewal() - 1));
      if (this.#isFresh) this.violation ??= await findStale(repository, clock.now(), offlineMs);
      await clock.moveTo(clock.now() + 1);
    } else await clock.moveTo(clock.now() + random.below(40 * 24) * hour);
    this.#isFresh = false;
    await repository.renewIfDue();
    this.#isFresh = true;
    this.violation ??= await findStale(repository, clock.now());
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
    // What a sender damages on the way is noticed.
    if (this.#random.chance(0.15) && rest.length > 0) rest[0] = 0;
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
