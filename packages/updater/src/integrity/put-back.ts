import { lstat, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeFolder } from "../disk/durable.ts";
import { copyFile, makeDirectory, remove, rename, setMode, syncPath } from "../disk/files.ts";
import type { Layout } from "../disk/layout.ts";
import type { Difference } from "./compare.ts";

/** Of so many repairs, what stood there before is kept. */
const maxFound = 3;

/**
 * Puts what differs back, a file at a time by one rename, so that at every instant either the old or the released one is there; who
 * has it open goes on with what it has. What stood there before is kept in a folder of `found`.
 * @param staged the version as it was released, or what of it is needed; absent: only permissions are put right
 * @param now ms since the epoch
 */
export async function putBack(
  layout: Layout,
  folder: string,
  differences: readonly Difference[],
  { staged, version, now }: { readonly staged?: string; readonly version: string; readonly now: number },
): Promise<void> {
  const found = join(layout.found, `${now.toString(36)}-${version}`);
  for (const { entry, is } of differences) {
    const path = join(folder, entry.path);
    if (is === "mode") {
      await setMode(path, entry.is === "folder" || entry.executable ? 0o755 : 0o644);
      await syncPath(path);
    } else if (staged !== undefined) {
      const about = await lstat(path).catch(() => undefined);
      if (about !== undefined) await keepFound(path, join(found, entry.path), about.isFile() && entry.is === "file");
      if (entry.is === "folder") await makeDirectory(path, { mode: 0o755 });
      else {
        await syncPath(join(staged, entry.path));
        await rename(join(staged, entry.path), path);
      }
      await syncPath(dirname(path));
    }
  }
  for (const name of (await readdir(layout.found).catch((): string[] => [])).sort().slice(0, -maxFound))
    await remove(join(layout.found, name));
}

/** A file that another takes the place of is copied, so that its name is never without one; anything else is moved. */
async function keepFound(path: string, to: string, copied: boolean): Promise<void> {
  await makeFolder(dirname(to));
  if (copied) await copyFile(path, to);
  else await rename(path, to);
}
