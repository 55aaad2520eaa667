import { type Feed, feedPath, feedSchema, manifestPath } from "@sluice/core/feed/feed.ts";
import { type Component, type Manifest, manifestSchema } from "@sluice/core/release/manifest.ts";
import { Metadata, MetadataKind, type TargetFile } from "@tufjs/models";
import { sha256, storedPath } from "../../feeds/target-file.ts";

/** Reads a file of a repository; undefined: it has none there. */
export type ReadFile = (path: string) => Promise<Buffer | undefined>;

/** One state of a repository, as its timestamp has it: the paths of its files, and their bytes. */
export interface SignedState {
  readonly timestamp: { readonly version: number; readonly bytes: Buffer };
  readonly snapshot: { readonly version: number; readonly path: string };
  readonly targets: { readonly version: number; readonly path: string };
  /** Path among the signed targets → what is signed of it. */
  readonly files: Readonly<Record<string, TargetFile>>;
}

export const timestampPath = "metadata/timestamp.json";

/** Reads what a repository has in force; undefined: nothing. Rejects where what the timestamp names is not there. */
export async function signedState(read: ReadFile): Promise<SignedState | undefined> {
  const bytes = await read(timestampPath);
  if (bytes === undefined) return undefined;
  const timestamp = Metadata.fromJSON(MetadataKind.Timestamp, JSON.parse(bytes.toString("utf8"))).signed;
  const snapshotVersion = timestamp.snapshotMeta.version;
  const snapshotPath = `metadata/${snapshotVersion}.snapshot.json`;
  const snapshot = Metadata.fromJSON(MetadataKind.Snapshot, await json(read, snapshotPath)).signed;
  const version = snapshot.meta["targets.json"]?.version ?? 0;
  const path = `metadata/${version}.targets.json`;
  const targets = Metadata.fromJSON(MetadataKind.Targets, await json(read, path)).signed;
  return {
    timestamp: { version: timestamp.version, bytes },
    snapshot: { version: snapshotVersion, path: snapshotPath },
    targets: { version, path },
    files: targets.targets,
  };
}

/** What one channel offers: its feed, the releases that it names, and where their signed files are. */
export interface ChannelFiles {
  readonly feed: Feed;
  readonly manifests: readonly Manifest[];
  /** Paths of the feed and of the manifests in the repository. */
  readonly paths: readonly string[];
}

/** Reads what a channel offers in a signed state; undefined: there is no such channel. */
export async function channelFiles(
  read: ReadFile,
  state: SignedState,
  channel: string,
): Promise<ChannelFiles | undefined> {
  const file = state.files[feedPath(channel)];
  if (file === undefined) return undefined;
  const feed = feedSchema.parse(await target(read, file));
  const paths = [storedPath(file)];
  const manifests: Manifest[] = [];
  for (const { version } of feed.releases) {
    const named = state.files[manifestPath(version)];
    if (named === undefined) throw new Error(`the feed of ${channel} names ${version}, which is not signed`);
    paths.push(storedPath(named));
    manifests.push(manifestSchema.parse(await target(read, named)));
  }
  return { feed, manifests, paths };
}

/** The content that clients download for releases. */
export function contentOf(manifests: readonly Manifest[]): Component[] {
  const components = manifests.flatMap((manifest) => manifest.components.filter(({ kind }) => kind !== "image"));
  return [...new Map(components.map((component) => [component.sha256, component])).values()];
}

/** Where content lies beside the signed files. */
export function blobPath(sha256: string): string {
  return `blobs/${sha256}`;
}

/** A signed target; rejects where its bytes are not those that were signed. */
async function target(read: ReadFile, file: TargetFile): Promise<unknown> {
  const path = storedPath(file);
  const bytes = await read(path);
  if (bytes === undefined || sha256(bytes) !== file.hashes.sha256) throw new Error(`${path} is not what was signed`);
  return JSON.parse(bytes.toString("utf8"));
}

async function json(read: ReadFile, path: string): Promise<ReturnType<typeof JSON.parse>> {
  const bytes = await read(path);
  if (bytes === undefined) throw new Error(`${path} is not there`);
  return JSON.parse(bytes.toString("utf8"));
}
