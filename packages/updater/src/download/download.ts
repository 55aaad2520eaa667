import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Component } from "@sluice/core/release/manifest.ts";
import { makeFolder } from "../disk/durable.ts";
import { remove, rename, syncPath } from "../disk/files.ts";
import type { Layout } from "../disk/layout.ts";
import { ServerUnreachable, UpdaterError } from "../errors.ts";
import type { Ports } from "../ports/ports.ts";
import { AttemptFailed, attempt } from "./attempt.ts";
import type { Pace } from "./pace.ts";

/** So often in a row an attempt may bring nothing new: of a server that does not give it, and of one that is away, which takes about a minute. */
const maxFruitless = { refused: 5, away: 8 } as const;
/** So many attempts in all: a server that sends one byte at a time is given up too. */
const maxAttempts = 50;
const firstDelayMs = 200;
const longestDelayMs = 30_000;
/** Who is asked to wait longer gives up for now, and lets a later check begin anew. */
const longestAskedMs = 300_000;

export interface DownloadOptions {
  readonly layout: Layout;
  readonly ports: Ports;
  /** Where blobs are served: a digest is appended. Ends in a slash. */
  readonly blobs: string;
  readonly stallMs: number;
  readonly pace?: Pace | undefined;
  readonly onProgress: (progress: { component: string; bytes: number; total: number }) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Where a component's bytes are once they are whole. */
export function downloadedPath(layout: Layout, sha256: string): string {
  return join(layout.downloads, sha256);
}

/** Whether a component's bytes are here already, as an earlier download has left them. */
export async function isDownloaded(layout: Layout, { sha256, size }: Component): Promise<boolean> {
  return (await sizeOf(downloadedPath(layout, sha256))) === size;
}

/**
 * Brings a component's bytes to the disk, whole, with the signed size and digest, and synced. Interrupted and stalled downloads
 * go on where they ended, also after a restart.
 * @throws UpdaterError DOWNLOAD_FAILED, ARTIFACT_TOO_LARGE, ARTIFACT_DIGEST_MISMATCH; ServerUnreachable, which says nothing of the release; failed system calls as they are
 */
export async function download(component: Component, options: DownloadOptions): Promise<void> {
  const { layout, ports } = options;
  const whole = downloadedPath(layout, component.sha256);
  if (await isDownloaded(layout, component)) return;
  await makeFolder(layout.downloads);
  const part = `${whole}.part`;
  let fruitless = 0;
  let restarted = false;
  for (let tries = 1; ; tries++) {
    const before = Math.max(0, await sizeOf(part));
    try {
      const { digest, resumed } = await attempt({
        now: ports.clock.now,
        url: `${options.blobs}${component.sha256}`,
        path: part,
        size: component.size,
        stallMs: options.stallMs,
        pace: options.pace,
        onProgress: (bytes) => options.onProgress({ component: component.name, bytes, total: component.size }),
        signal: options.signal,
      });
      if (digest === component.sha256) break;
      await remove(part);
      // What was resumed from may have been damaged on this disk; only a whole download proves the server wrong.
      if (!resumed || restarted) throw mismatch(component, digest);
      restarted = true;
    } catch (error) {
      if (!(error instanceof AttemptFailed)) throw error;
      fruitless = (await sizeOf(part)) > before ? 0 : fruitless + 1;
      const asked = error.retryAfterMs ?? 0;
      const most = error.refused ? maxFruitless.refused : maxFruitless.away;
      if (fruitless > most || tries >= maxAttempts || asked > longestAskedMs)
        throw givenUp(component, options.blobs, error);
      const backOff = Math.min(longestDelayMs, firstDelayMs * 2 ** fruitless) * (0.5 + ports.random() / 2);
      await ports.clock.sleep(Math.max(backOff, asked), options.signal);
    }
  }
  await rename(part, whole);
  await syncPath(layout.downloads);
}

/** Deletes what was downloaded, wholly or in part, for other releases. */
export async function forgetOtherDownloads(layout: Layout, components: readonly Component[]): Promise<void> {
  for (const name of await readdir(layout.downloads).catch(() => []))
    if (!components.some(({ sha256 }) => name.startsWith(sha256))) await remove(join(layout.downloads, name));
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? -1;
}

function mismatch({ name, sha256 }: Component, digest: string): UpdaterError {
  return new UpdaterError(
    "ARTIFACT_DIGEST_MISMATCH",
    `The component ${name} was refused and nothing of it kept: its bytes have the digest ${digest}, signed is ${sha256}`,
  );
}

function givenUp({ name }: Component, blobs: string, last: AttemptFailed): UpdaterError {
  const message = `The component ${name} could not be downloaded from ${new URL(blobs).origin}: ${last.message}`;
  return last.refused
    ? new UpdaterError("DOWNLOAD_FAILED", message, { cause: last })
    : new ServerUnreachable(message, { cause: last, retryAfterMs: last.retryAfterMs });
}
