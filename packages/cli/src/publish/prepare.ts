import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Component } from "@sluice/core/release/manifest.ts";
import { usage } from "../failure.ts";
import { unreadable } from "../read-file.ts";
import { digestOf, packFolder } from "./archive.ts";
import type { ComponentOption } from "./component-option.ts";
import { imageScheme, type LookUpImage } from "./image.ts";

/** A component as it goes into the manifest, and the file that has its bytes. */
export interface PreparedComponent {
  readonly component: Component;
  /** Absent for an image, which stays in its registry. */
  readonly file?: string;
}

/**
 * Reads what `--component` names: a file as it is, a folder as an archive, an image by its digest in its registry.
 * @param options.scratch an empty folder for archives
 */
export async function prepareComponent(
  option: ComponentOption,
  options: { readonly cwd: string; readonly scratch: string; readonly image: LookUpImage },
): Promise<PreparedComponent> {
  const { name, platform } = option;
  if (option.path.startsWith(imageScheme)) {
    if (platform !== undefined) throw usage(`${name}@${platform}: an image has its platforms in itself; leave it out.`);
    return { component: { name, kind: "image", ...(await options.image(option.path.slice(imageScheme.length))) } };
  }
  const path = resolve(options.cwd, option.path);
  const about = await stat(path).catch((error: unknown) => {
    throw unreadable(option.path, error);
  });
  const common = { name, ...(platform === undefined ? {} : { platform }) };
  if (about.isDirectory()) {
    const file = join(options.scratch, `${name}@${platform ?? "every"}.tar`);
    await packFolder(path, file);
    return { component: { ...common, kind: "folder", ...(await digestOf(file)) }, file };
  }
  if (!about.isFile()) throw usage(`${option.path} is neither a file nor a folder.`);
  const executable = (about.mode & 0o111) !== 0;
  return {
    component: { ...common, kind: "file", ...(await digestOf(path)), ...(executable ? { executable } : {}) },
    file: path,
  };
}
