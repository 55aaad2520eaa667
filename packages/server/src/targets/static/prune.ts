import { manifestSchema } from "@sluice/core/release/manifest.ts";
import { Metadata, MetadataKind } from "@tufjs/models";
import { storedPath } from "../../feeds/target-file.ts";
import type { CopyWork } from "./copy-work.ts";
import { blobPath, contentOf, type SignedState } from "./signed.ts";

/** How many versions are kept behind the newest, for clients in the middle of a refresh or a download. */
const keptVersions = 20;

/**
 * Removes snapshots and targets that are more than 20 versions old, and feeds, manifests and content that no kept version names.
 * Roots are all kept: a client of any age follows them one by one (TUF 1.0 clause 5.3). What is no file of a repository stays.
 */
export async function pruneCopy({ read, place, signal }: CopyWork, state: SignedState): Promise<void> {
  const oldest = {
    snapshot: state.snapshot.version - keptVersions,
    targets: state.targets.version - keptVersions,
  };
  const kept = new Set<string>();
  for (let version = Math.max(1, oldest.targets); version <= state.targets.version; version++)
    for (const path of await namedBy(read, version)) kept.add(path);
  const metadata = (await place.list("metadata", signal)).filter((path) => {
    const [, version, role] = /^metadata\/([1-9][0-9]*)\.(snapshot|targets)\.json$/.exec(path) ?? [];
    return (role === "snapshot" || role === "targets") && Number(version) < oldest[role];
  });
  const named = [...(await place.list("targets", signal)), ...(await place.list("blobs", signal))].filter(
    (path) => /^(?:targets\/(?:channels|releases)\/[0-9a-f]{64}\.|blobs\/[0-9a-f]{64}$)/.test(path) && !kept.has(path),
  );
  for (const path of [...metadata, ...named]) await place.remove(path, signal);
}

async function namedBy(read: CopyWork["read"], version: number): Promise<string[]> {
  const bytes = await read(`metadata/${version}.targets.json`);
  if (bytes === undefined) return [];
  const { targets } = Metadata.fromJSON(MetadataKind.Targets, JSON.parse(bytes.toString("utf8"))).signed;
  const paths: string[] = [];
  for (const file of Object.values(targets)) {
    const path = storedPath(file);
    paths.push(path);
    const manifest = file.path.startsWith("releases/") ? await read(path) : undefined;
    if (manifest === undefined) continue;
    const parsed = manifestSchema.parse(JSON.parse(manifest.toString("utf8")));
    for (const { sha256 } of contentOf([parsed])) paths.push(blobPath(sha256));
  }
  return paths;
}
