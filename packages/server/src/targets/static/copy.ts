import type { Component } from "@sluice/core/release/manifest.ts";
import { TargetFailure } from "../failure.ts";
import type { CopyWork } from "./copy-work.ts";
import type { Place } from "./place.ts";
import { pruneCopy } from "./prune.ts";
import {
  blobPath,
  channelFiles,
  contentOf,
  type ReadFile,
  type SignedState,
  signedState,
  timestampPath,
} from "./signed.ts";

/** Files that are written at one time. */
const atOnce = 4;
/** Old files are looked for once in so many timestamps. */
const timestampsPerPruning = 20;

/** What was written. */
export interface Copied {
  readonly files: number;
  /** Of content and files together. */
  readonly bytes: number;
  /** Version of the timestamp that is in force there now. */
  readonly timestamp: number;
}

/**
 * Makes a place say what the signed repository says: first the content, then feeds and manifests, the metadata, and the timestamp
 * last, so that whoever reads sees the old state or the new one, whole (TUF 1.0, clause 6.2 and 7.1). What is there is left as it is.
 * @throws TargetFailure
 */
export async function copyFeed(work: CopyWork): Promise<Copied> {
  const { read, place, signal } = work;
  const state = await signedState(read);
  if (state === undefined) throw new TargetFailure("nothing is signed yet", { retryable: true });
  const seen = await mustFollow(place, read, state, signal);
  let files = 0;
  let bytes = 0;
  const put = async (path: string, content: Uint8Array) => {
    await place.write(path, content, signal);
    files++;
    bytes += content.length;
  };
  const offered = await Promise.all(work.channels.map((channel) => channelFiles(read, state, channel)));
  const content = contentOf(offered.flatMap((channel) => channel?.manifests ?? []));
  const copied = await copyContent(work, content);
  files += copied.files;
  bytes += copied.bytes;
  const paths = new Set(offered.flatMap((channel) => channel?.paths ?? []));
  const roots = await rootPaths(read);
  await eachOf([...paths, ...roots], async (path) => {
    if ((await place.size(path, signal)) === undefined) await put(path, await mustRead(read, path));
  });
  for (const { path } of [state.targets, state.snapshot])
    if ((await place.size(path, signal)) === undefined) await put(path, await mustRead(read, path));
  const { version, bytes: timestamp } = state.timestamp;
  if (seen === undefined || !timestamp.equals(seen)) {
    await place.replace(timestampPath, timestamp, seen, signal);
    files++;
    bytes += timestamp.length;
    if (version % timestampsPerPruning === 0) await pruneCopy(work, state);
  }
  return { files, bytes, timestamp: version };
}

/** Brings content there that is not there. */
export async function copyContent(
  { blobs, place, signal }: Pick<CopyWork, "blobs" | "place" | "signal">,
  content: readonly Component[],
): Promise<Pick<Copied, "files" | "bytes">> {
  const missing = await missingContent(place, content, signal);
  await eachOf(missing, async ({ name, sha256, size }) => {
    const open = async () => {
      const body = await blobs.read(sha256);
      if (body !== undefined) return body;
      throw new TargetFailure(`the server does not have the content of ${name} (${sha256})`, { retryable: false });
    };
    await place.write(blobPath(sha256), { size, open }, signal);
  });
  return { files: missing.length, bytes: missing.reduce((sum, { size }) => sum + size, 0) };
}

/** What of a release's content a place does not have. */
export async function missingContent(
  place: Place,
  content: readonly Component[],
  signal: AbortSignal,
): Promise<Component[]> {
  const missing: Component[] = [];
  await eachOf(content, async (component) => {
    if ((await place.size(blobPath(component.sha256), signal)) !== component.size) missing.push(component);
  });
  return missing;
}

/**
 * The timestamp that is there, if what is to be copied follows it.
 * @throws TargetFailure where the place has another application's feeds, or newer ones
 */
async function mustFollow(place: Place, read: ReadFile, state: SignedState, signal: AbortSignal) {
  const root = "metadata/1.root.json";
  const [theirs, ours] = await Promise.all([place.read(root, signal), mustRead(read, root)]);
  if (theirs !== undefined && !theirs.equals(ours))
    throw new TargetFailure(
      `${place.name} has feeds that are signed with other keys. Give each application a place of its own`,
      { retryable: false },
    );
  const seen = await place.read(timestampPath, signal);
  const there = seen === undefined ? 0 : versionOf(seen);
  if (there > state.timestamp.version)
    throw new TargetFailure(
      `${place.name} has newer feeds than this server (timestamp ${there}, here ${state.timestamp.version}). Clients would refuse older ones: is this server's data folder an old backup?`,
      { retryable: false },
    );
  return seen;
}

function versionOf(timestamp: Buffer): number {
  try {
    const { signed } = JSON.parse(timestamp.toString("utf8")) as { signed?: { version?: unknown } };
    return typeof signed?.version === "number" ? signed.version : 0;
  } catch {
    return 0;
  }
}

async function rootPaths(read: ReadFile): Promise<string[]> {
  const paths: string[] = [];
  for (let version = 1; ; version++) {
    const path = `metadata/${version}.root.json`;
    if ((await read(path)) === undefined) return paths;
    paths.push(path);
  }
}

async function mustRead(read: ReadFile, path: string): Promise<Buffer> {
  const bytes = await read(path);
  if (bytes !== undefined) return bytes;
  throw new TargetFailure(`the signed file ${path} was exchanged while it was copied`, { retryable: true });
}

async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}
