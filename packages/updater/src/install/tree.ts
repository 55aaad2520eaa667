import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

/** SHA-256 of a file's content, read in pieces. @throws the signal's reason when it is aborted */
export async function fileDigest(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash, signal === undefined ? {} : { signal });
  return hash.digest("hex");
}

/**
 * A digest over everything below a folder: names, kinds, whether executable, content. Equal digests: equal trees.
 * @param except names in the folder itself that do not count
 */
export async function treeDigest(folder: string, except: readonly string[] = []): Promise<string> {
  const hash = createHash("sha256");
  await addFolder(folder, "", except, (line) => hash.update(`${line}\n`));
  return hash.digest("hex");
}

async function addFolder(
  folder: string,
  path: string,
  except: readonly string[],
  add: (line: string) => void,
): Promise<void> {
  for (const name of (await readdir(folder)).sort()) {
    if (except.includes(name)) continue;
    const entry = join(folder, name);
    const inTree = `${path}/${name}`;
    const about = await lstat(entry);
    if (about.isDirectory()) {
      add(JSON.stringify(["folder", inTree]));
      await addFolder(entry, inTree, [], add);
    } else if (about.isFile()) {
      add(JSON.stringify(["file", inTree, (about.mode & 0o111) !== 0, await fileDigest(entry)]));
    } else {
      add(JSON.stringify(["other", inTree]));
    }
  }
}
