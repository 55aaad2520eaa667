import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Millis } from "@sluice/core/time/instant.ts";
import type { Targets } from "@tufjs/models";
import type { Clock } from "../clock/clock.ts";
import { type Committed, readCommitted } from "./committed.ts";
import { makeFolder, syncFolder, type WriteFile, writeDurably } from "./durable-file.ts";
import { feedFailure } from "./failure.ts";
import type { RoleKeys } from "./keys.ts";
import { type Document, makeRoot, makeSnapshot, makeTargets, makeTimestamp, renewalOf } from "./metadata.ts";
import { prune } from "./prune.ts";
import { sameFiles, storedPath, targetFiles } from "./target-file.ts";

/** Old versions are looked through once in so many commits. */
const commitsPerPruning = 20;

/** An application's signed feeds and manifests, as a TUF 1.0 repository with consistent snapshots. */
export interface Repository {
  /**
   * Makes these the signed targets, all of them: what is not named is not signed any more. Does nothing when they are so already.
   * Readers see the old state or the new one, whatever is killed when.
   * @param targets path (`channels/NAME.json`, `releases/VERSION.json`) → content; at most 2,000. Clients need the manifests that
   * some feed names, no others.
   * @throws OperationalError DISK_FULL or SIGNING_FAILED; the old state stays in force.
   */
  publish(targets: ReadonlyMap<string, string>): Promise<void>;
  /** Signs anew what has lived half of its life; does nothing when nothing has. Throws as `publish` does. */
  renewIfDue(): Promise<void>;
  /** The moment from which `renewIfDue` has something to do. */
  nextRenewal(): Millis;
  /** The newest root: what a client is given at installation. */
  rootJson(): string;
  /**
   * The bytes at a path below the repository (`metadata/timestamp.json`), or undefined. Metadata that is written but not in
   * force is not there yet.
   */
  read(path: string): Promise<Buffer | undefined>;
}

/**
 * Opens an application's repository, creating it, with nothing published, where there is none.
 *
 * The timestamp is the commit point: targets are written first, then their metadata, the snapshot, and the timestamp last,
 * each synced. Version numbers beyond the committed ones were never in force and are used again.
 * @param options.folder the application's own folder, `DIR/feeds/APP`
 * @param options.write how a file is written; for tests of what happens when it is not.
 * @throws OperationalError DISK_FULL, or SIGNING_FAILED when the folder is damaged or belongs to other keys.
 */
export async function openRepository(options: {
  readonly app: string;
  readonly folder: string;
  readonly keys: RoleKeys;
  readonly clock: Clock;
  readonly write?: WriteFile;
}): Promise<Repository> {
  const { app, folder, keys, clock, write = writeDurably } = options;
  const metadata = join(folder, "metadata");

  const save = (name: string, document: Pick<Document<Targets>, "bytes">) =>
    write(join(metadata, name), document.bytes);

  async function load(): Promise<Committed> {
    // What is found may have been renamed a moment before a kill: a version that clients see must not go back when the power fails.
    await syncFolder(metadata);
    const found = await readCommitted({ app, folder: metadata, keys });
    if (isWhole(found)) return found;
    const root = found.root ?? makeRoot(1, keys, clock.now());
    if (found.root === undefined) await save("1.root.json", root);
    return commit({ root }, { targets: makeTargets(1, {}, keys, clock.now()) });
  }

  /** Puts new targets in force, or, without any, renews the snapshot; without that, the timestamp alone. */
  async function commit(
    from: Pick<Committed, "root"> & Partial<Committed>,
    next: { readonly targets?: Document<Targets>; readonly snapshot?: "renew" },
  ): Promise<Committed> {
    const now = clock.now();
    const targets = next.targets ?? from.targets;
    if (targets === undefined) throw new Error("a commit has targets");
    let snapshot = from.snapshot;
    if (next.targets !== undefined) await save(`${targets.metadata.signed.version}.targets.json`, targets);
    if (next.targets !== undefined || next.snapshot === "renew" || snapshot === undefined) {
      snapshot = makeSnapshot(versionAfter(snapshot), targets, keys, now);
      await save(`${snapshot.metadata.signed.version}.snapshot.json`, snapshot);
    }
    const timestamp = makeTimestamp(versionAfter(from.timestamp), snapshot, keys, now);
    await save("timestamp.json", timestamp);
    return { root: from.root, targets, snapshot, timestamp };
  }

  async function withTargets(from: Committed, targets: ReadonlyMap<string, string>): Promise<Committed> {
    const files = targetFiles(targets);
    const inForce = from.targets.metadata.signed.targets;
    if (sameFiles(files, inForce)) return from;
    const document = makeTargets(versionAfter(from.targets), files, keys, clock.now());
    const stored = new Set(Object.values(inForce).map(storedPath));
    for (const [path, content] of targets) {
      const file = files[path];
      if (file !== undefined && !stored.has(storedPath(file))) await write(join(folder, storedPath(file)), content);
    }
    return commit(from, { targets: document });
  }

  async function renewed(from: Committed): Promise<Committed> {
    const now = clock.now();
    let { root } = from;
    if (renewalOf(root) <= now) {
      root = makeRoot(versionAfter(root), keys, now);
      await save(`${root.metadata.signed.version}.root.json`, root);
    }
    const current = { ...from, root };
    if (renewalOf(current.targets) <= now) {
      const { version, targets } = current.targets.metadata.signed;
      return commit(current, { targets: makeTargets(version + 1, targets, keys, now) });
    }
    if (renewalOf(current.snapshot) <= now) return commit(current, { snapshot: "renew" });
    return renewalOf(current.timestamp) <= now ? commit(current, {}) : current;
  }

  let committed: Committed;
  try {
    for (const below of ["metadata", "targets/channels", "targets/releases"]) await makeFolder(join(folder, below));
    committed = await load();
  } catch (error) {
    throw feedFailure(app, error);
  }

  // What cannot be removed now is removed another time; what is in force stands.
  const tidy = () => prune(folder, committed).catch(() => undefined);
  await tidy();

  let queue: Promise<unknown> = Promise.resolve();
  let isUncertain = false;

  /** One change at a time, each on top of what is in force. */
  function change(step: (from: Committed) => Promise<Committed>): Promise<void> {
    const done = queue.then(async () => {
      try {
        // After a failure, the disk may be ahead of what is known here: the timestamp renamed, its folder not synced.
        if (isUncertain) committed = await load();
        isUncertain = true;
        const before = committed;
        committed = await step(before);
        isUncertain = false;
        if (committed !== before && committed.timestamp.metadata.signed.version % commitsPerPruning === 0) await tidy();
      } catch (error) {
        throw feedFailure(app, error);
      }
    });
    queue = done.catch(() => undefined);
    return done;
  }

  return {
    publish: (targets) => change((from) => withTargets(from, targets)),
    renewIfDue: () => change(renewed),
    nextRenewal: () =>
      Math.min(
        renewalOf(committed.root),
        renewalOf(committed.targets),
        renewalOf(committed.snapshot),
        renewalOf(committed.timestamp),
      ),
    rootJson: () => committed.root.bytes.toString("utf8"),
    read: async (path) => {
      if (path === "metadata/timestamp.json") return committed.timestamp.bytes;
      return isInForce(path, committed) ? readIfThere(join(folder, path)) : undefined;
    },
  };
}

const versioned = /^metadata\/([1-9][0-9]{0,9})\.(root|snapshot|targets)\.json$/;
const target = /^targets\/(?:channels|releases)\/[0-9a-f]{64}\.[A-Za-z0-9][A-Za-z0-9._+-]*\.json$/;

/** Whether a path is of the form of a repository's files, which cannot lead out of it, and not ahead of the timestamp. */
function isInForce(path: string, committed: Committed): boolean {
  const [, version, role] = versioned.exec(path) ?? [];
  if (role !== "root" && role !== "snapshot" && role !== "targets") return target.test(path);
  return Number(version) <= committed[role].metadata.signed.version;
}

function isWhole(found: Partial<Committed>): found is Committed {
  return found.timestamp !== undefined;
}

function versionAfter(document: Committed[keyof Committed] | undefined): number {
  return (document?.metadata.signed.version ?? 0) + 1;
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENAMETOOLONG") return undefined;
    throw error;
  }
}
