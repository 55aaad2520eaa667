import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { TargetFile } from "@tufjs/models";
import type { Committed } from "./committed.ts";
import { isTemporary } from "./durable-file.ts";
import { storedPath } from "./target-file.ts";

/** How many versions of snapshot and targets are kept behind the newest, for clients in the middle of a refresh. */
const keptVersions = 20;

/**
 * Removes snapshots and targets that are more than 20 versions old, target files that no kept version names, and what
 * interrupted writes left. Roots are all kept: a client of any age follows them one by one (TUF 1.0 clause 5.3).
 */
export async function prune(folder: string, committed: Committed): Promise<void> {
  const metadata = join(folder, "metadata");
  const oldest = {
    snapshot: committed.snapshot.metadata.signed.version - keptVersions,
    targets: committed.targets.metadata.signed.version - keptVersions,
  };
  const kept = new Set<string>();
  for (const name of await readdir(metadata)) {
    const [, version, role] = /^([1-9][0-9]*)\.(snapshot|targets)\.json$/.exec(name) ?? [];
    const isOld = (role === "snapshot" || role === "targets") && Number(version) < oldest[role];
    if (isOld || isTemporary(name)) await rm(join(metadata, name), { force: true });
    else if (role === "targets") for (const path of await namedBy(join(metadata, name))) kept.add(path);
  }
  for (const below of ["targets/channels", "targets/releases"])
    for (const name of await readdir(join(folder, below)))
      if (!kept.has(`${below}/${name}`)) await rm(join(folder, below, name), { force: true });
}

async function namedBy(path: string): Promise<string[]> {
  const { signed } = JSON.parse(await readFile(path, "utf8"));
  return Object.entries<Parameters<typeof TargetFile.fromJSON>[1]>(signed.targets).map(([name, file]) =>
    storedPath(TargetFile.fromJSON(name, file)),
  );
}
