import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { OperationalError } from "@sluice/core/errors/operational-error.ts";
import { Metadata, MetadataKind, type Root, type Snapshot, type Targets, type Timestamp } from "@tufjs/models";
import { unusable } from "./failure.ts";
import { type RoleKeys, roles } from "./keys.ts";
import type { Document } from "./metadata.ts";

/** What is signed and in force: all that the timestamp on disk leads to, and the newest root. */
export interface Committed {
  readonly root: Document<Root>;
  readonly targets: Document<Targets>;
  readonly snapshot: Document<Snapshot>;
  readonly timestamp: Document<Timestamp>;
}

/**
 * Reads a repository from its metadata folder. Every signature is checked with the newest root, whose keys must be `keys`.
 * @returns what is there: an interrupted first start may have left no root, or a root without a timestamp.
 * @throws OperationalError SIGNING_FAILED (not retryable) when something is damaged, or signed with other keys.
 */
export async function readCommitted(options: {
  readonly app: string;
  readonly folder: string;
  readonly keys: RoleKeys;
}): Promise<Partial<Committed>> {
  const { folder } = options;
  const rootVersion = Math.max(0, ...(await rootVersions(folder)));
  if (rootVersion === 0) return {};
  const root = await readDocument(folder, `${rootVersion}.root.json`, (json) =>
    Metadata.fromJSON(MetadataKind.Root, json),
  );
  if (root === undefined) return {};
  verify(folder, root, root);
  refuseOtherKeys(options, root.metadata.signed);
  const timestamp = await readDocument(folder, "timestamp.json", (json) =>
    Metadata.fromJSON(MetadataKind.Timestamp, json),
  );
  if (timestamp === undefined) return { root };
  const snapshot = await readDocument(
    folder,
    `${timestamp.metadata.signed.snapshotMeta.version}.snapshot.json`,
    (json) => Metadata.fromJSON(MetadataKind.Snapshot, json),
  );
  const targetsVersion = snapshot?.metadata.signed.meta["targets.json"]?.version;
  const targets = await readDocument(folder, `${targetsVersion}.targets.json`, (json) =>
    Metadata.fromJSON(MetadataKind.Targets, json),
  );
  if (snapshot === undefined || targets === undefined)
    throw damaged(folder, new Error("timestamp.json names metadata that is not there"));
  for (const document of [timestamp, snapshot, targets]) verify(folder, root, document);
  return { root, targets, snapshot, timestamp };
}

async function rootVersions(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names.flatMap((name) => (/^[1-9][0-9]*\.root\.json$/.test(name) ? [Number.parseInt(name, 10)] : []));
}

async function readDocument<T>(
  folder: string,
  name: string,
  parse: (json: Parameters<typeof Metadata.fromJSON>[1]) => T,
): Promise<{ metadata: T; bytes: Buffer } | undefined> {
  try {
    const bytes = await readFile(join(folder, name));
    return { metadata: parse(JSON.parse(bytes.toString("utf8"))), bytes };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") return undefined;
    // The disk, not the content: the caller says what it means.
    if (code !== undefined) throw error;
    throw damaged(join(folder, name), error);
  }
}

function verify(folder: string, root: Document<Root>, document: Committed[keyof Committed]): void {
  const { type, version } = document.metadata.signed;
  try {
    root.metadata.verifyDelegate(type, document.metadata);
  } catch (error) {
    throw damaged(join(folder, type === "timestamp" ? "timestamp.json" : `${version}.${type}.json`), error);
  }
}

function refuseOtherKeys(
  options: { readonly app: string; readonly folder: string; readonly keys: RoleKeys },
  root: Root,
) {
  const other = roles.find((role) => !root.roles[role]?.keyIDs.includes(options.keys[role].key.keyID));
  if (other === undefined) return;
  throw unusable(
    `the ${other} key of ${options.app} is not the one that clients trust by ${options.folder}/${root.version}.root.json. ` +
      `Put the original key files of ${options.app} back from a backup`,
  );
}

function damaged(path: string, cause: unknown): OperationalError {
  return unusable(
    `${path} is damaged. Put the folder back from a backup; versions that clients have seen must not be used again`,
    cause,
  );
}
