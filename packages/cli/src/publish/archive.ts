import { createHash } from "node:crypto";
import { createReadStream, Stats } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { create } from "tar";
import { usage } from "../failure.ts";

/**
 * Packs a folder into a tar archive. The same names, contents and executable bits give the same bytes on every machine, so that
 * publishing a folder again publishes nothing new.
 * @param archive where the archive is written
 * @throws Failure (usage) when the folder holds anything besides files and folders
 */
export async function packFolder(folder: string, archive: string): Promise<void> {
  const entries = await entriesOf(folder, "");
  if (entries.length === 0) throw usage(`${folder} is empty: there is nothing to publish in it.`);
  await create(
    {
      file: archive,
      cwd: folder,
      portable: true,
      mtime: new Date(0),
      noDirRecurse: true,
      follow: false,
      strict: true,
      filter: (_path, about) => {
        if (about instanceof Stats) normalise(about);
        return true;
      },
    },
    // A leading "@" would be read as the name of an archive.
    entries.map((entry) => `./${entry}`),
  );
}

/** Takes out what differs from machine to machine: permissions besides "may be executed", and which files share their content. */
function normalise(about: Stats): void {
  const type = about.mode & ~0o7777;
  about.mode = type | (about.isDirectory() || (about.mode & 0o111) !== 0 ? 0o755 : 0o644);
  about.nlink = 1;
}

/** Every file and folder below a folder, parents first, in an order that does not depend on the machine. */
async function entriesOf(root: string, below: string): Promise<string[]> {
  const found = await readdir(join(root, below), { withFileTypes: true });
  const entries: string[] = [];
  for (const entry of found.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (!entry.isDirectory() && !entry.isFile())
      throw usage(
        `${join(root, path)} is ${entry.isSymbolicLink() ? "a symbolic link" : "no ordinary file"}: a release holds files and folders only.`,
      );
    entries.push(path);
    if (entry.isDirectory()) entries.push(...(await entriesOf(root, path)));
  }
  return entries;
}

/** SHA-256 of a file, lower-case hex, and its size in bytes, in memory that does not grow with it. */
export async function digestOf(path: string): Promise<{ readonly sha256: string; readonly size: number }> {
  const hash = createHash("sha256");
  let size = 0;
  await pipeline(createReadStream(path), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      hash.update(chunk);
      size += chunk.length;
    }
  });
  return { sha256: hash.digest("hex"), size };
}
