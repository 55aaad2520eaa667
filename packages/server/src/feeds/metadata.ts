import { fromRfc3339, type Millis } from "@sluice/core/time/instant.ts";
import { Metadata, MetaFile, Root, Snapshot, type TargetFile, Targets, Timestamp } from "@tufjs/models";
import type { Role, RoleKey, RoleKeys } from "./keys.ts";
import { roles } from "./keys.ts";
import { sha256 } from "./target-file.ts";

const dayMs = 86_400_000;

/** How long each role's metadata is valid, in milliseconds. Renewed when half of it is over. */
const lifetimeMs: Readonly<Record<Role, number>> = {
  root: 365 * dayMs,
  targets: 90 * dayMs,
  snapshot: 7 * dayMs,
  timestamp: dayMs,
};

type Signed = Root | Targets | Snapshot | Timestamp;

/** Signed metadata, with the very bytes that are served. */
export interface Document<T extends Signed> {
  readonly metadata: Metadata<T>;
  readonly bytes: Buffer;
}

export function makeRoot(version: number, keys: RoleKeys, now: Millis): Document<Root> {
  const root = new Root({ ...common(version, "root", now), consistentSnapshot: true });
  for (const role of roles) root.addKey(keys[role].key, role);
  return sealed(root, keys.root);
}

export function makeTargets(
  version: number,
  files: Readonly<Record<string, TargetFile>>,
  keys: RoleKeys,
  now: Millis,
): Document<Targets> {
  return sealed(new Targets({ ...common(version, "targets", now), targets: files }), keys.targets);
}

export function makeSnapshot(
  version: number,
  targets: Document<Targets>,
  keys: RoleKeys,
  now: Millis,
): Document<Snapshot> {
  const meta = { "targets.json": metaFile(targets) };
  return sealed(new Snapshot({ ...common(version, "snapshot", now), meta }), keys.snapshot);
}

export function makeTimestamp(
  version: number,
  snapshot: Document<Snapshot>,
  keys: RoleKeys,
  now: Millis,
): Document<Timestamp> {
  return sealed(
    new Timestamp({ ...common(version, "timestamp", now), snapshotMeta: metaFile(snapshot) }),
    keys.timestamp,
  );
}

/** The moment from which a document is to be renewed: when half of its life is over. */
export function renewalOf(document: Document<Signed>): Millis {
  const { type, expires } = document.metadata.signed;
  return fromRfc3339(expires) - lifetimeMs[type] / 2;
}

function common(version: number, role: Role, now: Millis) {
  // TUF 1.0 clause 4.2.1: UTC, in whole seconds.
  const expires = Temporal.Instant.fromEpochMilliseconds(now + lifetimeMs[role]).toString({ smallestUnit: "second" });
  return { version, specVersion: "1.0.31", expires };
}

function sealed<T extends Signed>(signed: T, key: RoleKey): Document<T> {
  const metadata = new Metadata(signed);
  metadata.sign((data) => key.sign(data));
  return { metadata, bytes: Buffer.from(JSON.stringify(metadata.toJSON())) };
}

function metaFile(document: Document<Signed>): MetaFile {
  const { metadata, bytes } = document;
  return new MetaFile({
    version: metadata.signed.version,
    length: bytes.length,
    hashes: { sha256: sha256(bytes) },
  });
}
