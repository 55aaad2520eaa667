import { createHash } from "node:crypto";
import { TargetFile } from "@tufjs/models";
import { unusable } from "./failure.ts";

/** The largest target that clients accept, in bytes. */
const maxTargetBytes = 4 * 1024 * 1024;

/** Most targets signed at once: a client's time to verify them grows with the square of their number, 0.5 s for these. */
const maxTargets = 2_000;

const targetPath = /^(channels|releases)\/([A-Za-z0-9][A-Za-z0-9._+-]*\.json)$/;

export function sha256(bytes: string | Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * Describes targets as they are signed.
 * @param targets path (`channels/NAME.json`, `releases/VERSION.json`) → content
 * @throws OperationalError SIGNING_FAILED for a path that could mean another place, for content larger than
 * clients accept, and for too many targets.
 */
export function targetFiles(targets: ReadonlyMap<string, string>): Record<string, TargetFile> {
  if (targets.size > maxTargets)
    throw unusable(`${targets.size} files cannot be signed together; clients are given at most ${maxTargets}`);
  const files: Record<string, TargetFile> = {};
  for (const [path, content] of targets) {
    if (!targetPath.test(path)) throw unusable(`${path} cannot be the path of a signed file`);
    const length = Buffer.byteLength(content);
    if (length > maxTargetBytes)
      throw unusable(`${path} has ${length} bytes; clients accept at most ${maxTargetBytes} in one signed file`);
    files[path] = new TargetFile({ path, length, hashes: { sha256: sha256(content) } });
  }
  return files;
}

/** Where a target lies below the repository's folder: `targets/channels/SHA256.stable.json`, TUF 1.0 clause 6.2. */
export function storedPath(file: TargetFile): string {
  const [, folder, name] = targetPath.exec(file.path) ?? [];
  return `targets/${folder}/${file.hashes.sha256}.${name}`;
}

export function sameFiles(a: Readonly<Record<string, TargetFile>>, b: Readonly<Record<string, TargetFile>>): boolean {
  const paths = Object.keys(a);
  return (
    paths.length === Object.keys(b).length &&
    paths.every((path) => a[path] !== undefined && b[path] !== undefined && a[path].equals(b[path]))
  );
}
