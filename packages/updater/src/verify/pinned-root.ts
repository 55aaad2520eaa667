import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { Metadata, MetadataKind } from "@tufjs/models";
import { makeFolder, writeDurably } from "../disk/durable.ts";
import { asUpdaterError, systemCode } from "../disk/failure.ts";
import { UpdaterError } from "../errors.ts";

/** Largest root accepted, in bytes: the limit that tuf-js has for newer ones. */
const maxRootBytes = 512_000;

/**
 * Sets up the folder of verified metadata from the root that was pinned at installation, or checks that it was set up from the
 * same one. The copy `pinned-root.json` is written last, so a set-up that was cut off is done again.
 * @throws UpdaterError ROOT_INVALID, ROOT_CHANGED, DISK_FULL or STATE_UNUSABLE
 */
export async function usePinnedRoot(options: { readonly pinnedRoot: string; readonly folder: string }): Promise<void> {
  const { pinnedRoot, folder } = options;
  const root = await readRoot(pinnedRoot);
  const copy = join(folder, "pinned-root.json");
  try {
    const known = await readIfThere(copy);
    if (known === root) return;
    if (known !== undefined)
      throw new UpdaterError(
        "ROOT_CHANGED",
        `${pinnedRoot} is not the root that ${folder} was set up with. Put the first one back; or, if this client is meant to ` +
          `trust another server from now on, delete ${folder} and start again`,
      );
    await makeFolder(folder);
    await writeDurably(join(folder, "root.json"), root);
    await writeDurably(copy, root);
  } catch (error) {
    throw asUpdaterError(error, `setting up ${folder}`);
  }
}

async function readRoot(path: string): Promise<string> {
  try {
    if ((await stat(path)).size > maxRootBytes) throw new Error(`it has more than ${maxRootBytes} bytes`);
    const text = await readFile(path, "utf8");
    const root = Metadata.fromJSON(MetadataKind.Root, JSON.parse(text));
    // TUF 1.0 clause 5.2: the first root is trusted for where it came from; its own signature shows that it is whole.
    root.verifyDelegate(MetadataKind.Root, root);
    return text;
  } catch (error) {
    throw new UpdaterError(
      "ROOT_INVALID",
      `${path} is not the root of an application's feeds (${error instanceof Error ? error.message : error}): get it again from ` +
        "the server, over a way that you trust",
      { cause: error },
    );
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
