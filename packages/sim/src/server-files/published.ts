import { sha256Hex } from "@sluice/core/log/digest.ts";
import type { Repository } from "@sluice/server/feeds/repository.ts";

/** What clients find in a repository at one moment. */
export interface Found {
  readonly version: number;
  /** Path → content of what is signed. */
  readonly targets: ReadonlyMap<string, string>;
}

interface Signed<T> {
  readonly signed: T & { readonly version: number };
}

/**
 * Reads what is in force as a client does: from the timestamp to the snapshot to the targets to the files, each named by the one before.
 * @returns what is wrong, as a text, where something that is named is not there or is something else
 */
export async function findPublished(repository: Repository): Promise<Found | string> {
  const read = async <T>(path: string) => {
    const bytes = await repository.read(path);
    return bytes === undefined ? undefined : (JSON.parse(bytes.toString("utf8")) as Signed<T>).signed;
  };
  type Meta = { readonly meta: Readonly<Record<string, { readonly version: number }>> };
  const timestamp = await read<Meta>("metadata/timestamp.json");
  const snapshotVersion = timestamp?.meta["snapshot.json"]?.version;
  const snapshot = await read<Meta>(`metadata/${snapshotVersion}.snapshot.json`);
  const targetsVersion = snapshot?.meta["targets.json"]?.version;
  const targets = await read<{ targets: Readonly<Record<string, { readonly hashes: { readonly sha256: string } }>> }>(
    `metadata/${targetsVersion}.targets.json`,
  );
  if (timestamp === undefined || targets === undefined)
    return `the timestamp leads to snapshot ${snapshotVersion} and targets ${targetsVersion}, and not further`;
  const found = new Map<string, string>();
  for (const [path, { hashes }] of Object.entries(targets.targets)) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const folder = path.slice(0, path.lastIndexOf("/"));
    const content = (await repository.read(`targets/${folder}/${hashes.sha256}.${name}`))?.toString("utf8");
    if (content === undefined) return `${path} is signed and not there`;
    if (sha256Hex(content) !== hashes.sha256) return `${path} is signed and holds something else`;
    found.set(path, content);
  }
  return { version: timestamp.version, targets: found };
}
