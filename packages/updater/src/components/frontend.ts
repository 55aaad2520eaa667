import { lstat, readlink, realpath, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { makeFolder, writeDurably } from "../disk/durable.ts";
import { systemCode } from "../disk/failure.ts";
import { makeLink, remove, rename, syncPath } from "../disk/files.ts";
import { UpdaterError } from "../errors.ts";
import type { ComponentDriver, Installed } from "./component.ts";

/** The file that is added to a frontend's assets: a service worker that imports it is renewed by every release. */
const versionFile = "sluice-version.js";

/**
 * A folder of assets that a web server reads through a link, which names the old or the new version at every instant. Pages that are
 * open are told once the whole update is committed: see `PageEvents`.
 * @param options.publish absolute path of the link
 */
export function frontendDriver(options: {
  readonly name: string;
  readonly order: number;
  readonly publish: string;
}): ComponentDriver {
  const { name, publish } = options;
  const assetsOf = async (version: Installed | undefined): Promise<string | undefined> => {
    if (version === undefined) return undefined;
    const folder = join(version.folder, name);
    return (await stat(folder).catch(() => undefined))?.isDirectory() === true ? folder : undefined;
  };
  return {
    name,
    order: options.order,
    async stage(folder, version) {
      await writeDurably(
        join(folder, versionFile),
        `// The release that these assets belong to. A service worker imports it; its caches are named by it.\nself.SLUICE_VERSION = ${JSON.stringify(version)};\n`,
      );
    },
    async prepare() {
      const about = await lstat(publish).catch(() => undefined);
      if (about !== undefined && !about.isSymbolicLink())
        throw new UpdaterError(
          "CONFIG_INVALID",
          `${publish} must be a link that the updater makes, to the assets of ${name}; it is something else: move it away`,
        );
    },
    async apply({ to }) {
      const assets = await assetsOf(to);
      if (assets !== undefined) await pointTo(publish, assets);
    },
    async revert({ from, to }) {
      const assets = await assetsOf(from);
      if (assets !== undefined) return await pointTo(publish, assets);
      if ((await targetOf(publish)) !== (await fromLink(publish, join(to.folder, name)))) return;
      await remove(publish);
      await syncPath(dirname(publish));
    },
    finish: async () => undefined,
  };
}

async function pointTo(link: string, assets: string): Promise<void> {
  await makeFolder(dirname(link));
  const target = await fromLink(link, assets);
  if ((await targetOf(link)) === target) return await syncPath(dirname(link));
  const temporary = `${link}.new`;
  await remove(temporary);
  await makeLink(target, temporary);
  await rename(temporary, link);
  await syncPath(dirname(link));
}

/** A path as a link has to name it. Relative, so that an installation can be moved as a whole. */
async function fromLink(link: string, path: string): Promise<string> {
  const folder = await realpath(dirname(link)).catch(() => dirname(link));
  return relative(folder, await realpath(path).catch(() => path));
}

async function targetOf(link: string): Promise<string | undefined> {
  try {
    return await readlink(link);
  } catch (error) {
    if (["ENOENT", "EINVAL", "ENOTDIR"].includes(systemCode(error) ?? "")) return undefined;
    throw error;
  }
}
