import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Component } from "@sluice/core/release/manifest.ts";
import { makeFolder, syncTree } from "../disk/durable.ts";
import { systemCode } from "../disk/failure.ts";
import { copyFile, makeDirectory, remove, rename, setMode, syncPath } from "../disk/files.ts";
import type { Layout } from "../disk/layout.ts";
import { downloadedPath } from "../download/download.ts";
import { UpdaterError } from "../errors.ts";
import { versionFolder } from "./current.ts";
import { ownNames, readReceipt, writeReceipt } from "./receipt.ts";
import { digestOfLines, fileDigest, treeLines } from "./tree.ts";
import { type Unpacked, unpack } from "./unpack.ts";

/**
 * Puts a version together from its downloaded components, each verified once more, and makes its folder appear whole and synced,
 * or not at all. What was there under the same version before is replaced.
 * @throws UpdaterError ARTIFACT_DIGEST_MISMATCH, ARCHIVE_REFUSED; failed system calls as they are
 */
export async function install(layout: Layout, release: Staged, signal?: AbortSignal): Promise<void> {
  await makeFolder(layout.versions);
  const staged = join(layout.staging, release.version);
  try {
    const known = await stage(layout, release, staged, signal);
    await writeReceipt(staged, release, await treeLines(staged, { known }));
    await syncTree(staged);
    await discardVersion(layout, release.version);
    await rename(staged, versionFolder(layout, release.version));
    await syncPath(layout.versions);
    await syncPath(layout.staging);
  } catch (error) {
    await remove(staged);
    throw error;
  }
}

/** What a version is put together from. */
export interface Staged {
  readonly version: string;
  /** SHA-256 of the release's manifest. */
  readonly manifest: string;
  readonly components: readonly Component[];
  /** Adds to a component's folder what belongs to it besides. */
  readonly stage?: (name: string, folder: string) => Promise<void> | undefined;
}

/**
 * Puts downloaded components into a new folder, each verified once more.
 * @returns digests of their files by their absolute path
 * @throws as `install`; what was put there then is for the caller to remove
 */
export async function stage(
  layout: Layout,
  release: Staged,
  staged: string,
  signal?: AbortSignal,
): Promise<Map<string, string>> {
  await makeFolder(layout.staging);
  await remove(staged);
  await makeDirectory(staged, { mode: 0o755 });
  const known = new Map<string, string>();
  for (const component of release.components) {
    for (const [path, digest] of await place(layout, component, staged, signal)) known.set(path, digest);
    if (component.kind === "folder") await release.stage?.(component.name, join(staged, component.name));
  }
  return known;
}

/** Puts a component where it belongs. @returns digests of its files by their absolute path */
async function place(
  layout: Layout,
  { name, kind, sha256, size, executable }: Component,
  staged: string,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const source = downloadedPath(layout, sha256);
  const path = join(staged, name);
  const { archive, files } =
    kind === "folder"
      ? await unpack(source, path, size, signal)
      : await copy(source, path, executable === true, signal);
  if (archive === sha256) return files;
  await remove(source);
  throw new UpdaterError(
    "ARTIFACT_DIGEST_MISMATCH",
    `The downloaded component ${name} has changed on disk before it was installed; it was thrown away`,
  );
}

async function copy(from: string, to: string, executable: boolean, signal?: AbortSignal): Promise<Unpacked> {
  await copyFile(from, to);
  await setMode(to, executable ? 0o755 : 0o644);
  const digest = await fileDigest(to, signal);
  return { archive: digest, files: new Map([[to, digest]]) };
}

/** Deletes an installed version. Its folder is moved away first, so that no half-deleted one can be taken for a whole one. */
export async function discardVersion(layout: Layout, version: string): Promise<void> {
  await makeFolder(layout.staging);
  const doomed = join(layout.staging, `${version}.old`);
  await remove(doomed);
  try {
    await rename(versionFolder(layout, version), doomed);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return;
    throw error;
  }
  await syncPath(layout.versions);
  await remove(doomed);
}

/** Whether a version is installed here, from this manifest, and nothing in its folder was changed since. */
export async function isIntact(layout: Layout, version: string, manifest: string): Promise<boolean> {
  const receipt = await readReceipt(layout, version);
  if (receipt?.manifest !== manifest) return false;
  const lines = await treeLines(versionFolder(layout, version), { except: ownNames }).catch(() => undefined);
  return lines !== undefined && receipt.tree === digestOfLines(lines);
}

/** Whether a version was installed here wholly, and each of its components is still there. */
export async function isInstalled(layout: Layout, version: string): Promise<boolean> {
  const receipt = await readReceipt(layout, version);
  if (receipt === undefined) return false;
  const present = await readdir(versionFolder(layout, version)).catch((): string[] => []);
  return receipt.components.every((name) => present.includes(name));
}

/** The versions whose folders are here. */
export async function installedVersions(layout: Layout): Promise<string[]> {
  return await readdir(layout.versions).catch(() => []);
}
