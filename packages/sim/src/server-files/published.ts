import { sha256Hex } from "@sluice/core/log/digest.ts";
import type { Repository } from "@sluice/server/feeds/repository.ts";

/** What clients find in a repository at one moment. */
export interface Found {
  readonly version: number;
  /** Path → content of what is signed. */
  readonly targets: ReadonlyMap<string, string>;
  /** Paths in the repository of everything that a client reads on its way to them. */
  readonly way: readonly string[];
}

interface Signed<T> {
  readonly signed: T & { readonly version: number; readonly expires: string };
}

/**
 * Reads what is in force as a client does: from the timestamp to the snapshot to the targets to the files, each named by the one before.
 * @returns what is wrong, as a text, where something that is named is not there or is something else
 */
export async function findPublished(repository: Repository): Promise<Found | string> {
  const way: string[] = [];
  const read = async <T>(path: string) => {
    const bytes = await repository.read(path);
    way.push(path);
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
    const stored = `targets/${folder}/${hashes.sha256}.${name}`;
    const content = (await repository.read(stored))?.toString("utf8");
    way.push(stored);
    if (content === undefined) return `${path} is signed and not there`;
    if (sha256Hex(content) !== hashes.sha256) return `${path} is signed and holds something else`;
    found.set(path, content);
  }
  for (const ahead of [`${Number(snapshotVersion) + 1}.snapshot.json`, `${Number(targetsVersion) + 1}.targets.json`])
    if ((await repository.read(`metadata/${ahead}`)) !== undefined) return `${ahead} is there, and not in force`;
  return { version: timestamp.version, targets: found, way };
}

/**
 * Looks whether clients can go on with a repository: none of what they are to trust has expired, and every root leads to the next.
 * @param leftMs how long it may still be trusted, at least
 * @returns what is wrong, as a text
 */
export async function findStale(repository: Repository, now: number, leftMs = 0): Promise<string | undefined> {
  const read = async (path: string) => {
    const bytes = await repository.read(path);
    return bytes === undefined ? undefined : (JSON.parse(bytes.toString("utf8")) as Signed<object>).signed;
  };
  const root = (JSON.parse(repository.rootJson()) as Signed<object>).signed;
  for (let version = 1; version <= root.version; version++)
    if ((await read(`metadata/${version}.root.json`))?.version !== version) return `root ${version} is not there`;
  if ((await read(`metadata/${root.version + 1}.root.json`)) !== undefined)
    return `root ${root.version + 1} is there, and ${root.version} is called the newest`;
  const timestamp = await read("metadata/timestamp.json");
  const expired = [root, timestamp].find((document) => Date.parse(document?.expires ?? "") <= now + leftMs);
  if (expired !== undefined) return `what is signed expires at ${expired.expires}`;
  return repository.nextRenewal() > now ? undefined : "what was renewed is to be renewed at once";
}
