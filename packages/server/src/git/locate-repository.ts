import { realpath } from "node:fs/promises";
import { join, sep } from "node:path";

/** Whether a repository lies in a folder of the server, and is not reached over a network. */
export function isLocal(repository: string): boolean {
  return !repository.includes(":");
}

/**
 * The repository that a pipeline names, in the folder in which the server's operator keeps those that pipelines may read.
 * Rejects with a message for people when there is none, or it lies outside.
 * @returns the absolute path, without symbolic links
 */
export async function locateRepository(folder: string | undefined, name: string): Promise<string> {
  if (folder === undefined)
    throw new Error("this server has no folder for repositories. Start it with --repositories DIR");
  const root = await realpath(folder).catch(() => undefined);
  if (root === undefined) throw new Error(`the server's folder for repositories, ${folder}, does not exist`);
  const path = await realpath(join(root, name)).catch(() => undefined);
  if (path === undefined) throw new Error(`it is not in the server's folder for repositories, ${folder}`);
  if (!path.startsWith(root + sep)) throw new Error("it leads out of the server's folder for repositories");
  return path;
}
