import { readFile } from "node:fs/promises";
import { formatDuration } from "@sluice/core/time/duration.ts";
import { z } from "zod";
import { writeDurably } from "../disk/durable.ts";
import type { Layout } from "../disk/layout.ts";

const holdSchema = z.object({
  version: z.string(),
  /** SHA-256 of the manifest that was tried; absent when it did not come so far. */
  manifest: z.string().optional(),
  /** Fingerprint of the configuration that it was tried with. */
  configuration: z.string(),
  code: z.string(),
  reason: z.string(),
  /** How often it was tried in vain. */
  attempts: z.number().int().positive(),
  /** ms since the epoch; absent: until the release or the configuration changes. */
  untilMs: z.number().optional(),
});

/** Why a version is not tried (again) for now. */
export type Hold = z.infer<typeof holdSchema>;

/** What is tried: a hold counts only for the same. */
export interface Attempt {
  readonly version: string;
  readonly manifest?: string | undefined;
  readonly configuration: string;
}

/** First wait after a failed attempt, doubled each time, ms. */
const firstWaitMs = 60_000;
const longestWaitMs = 24 * 3_600_000;
/** Only so many are remembered; the oldest is forgotten. */
const maxHolds = 50;

/** Versions that were rolled back here, or whose update failed, with when they may be tried again. Kept on disk. */
export interface Holds {
  /** The hold that stands against an attempt, in words, or undefined when it may be made. */
  against(attempt: Attempt, nowMs: number): string | undefined;
  /** The last failure of a version, whether or not it still holds anything back. */
  of(version: string): Hold | undefined;
  /** Not again until the release or the configuration changes. */
  holdBack(attempt: Attempt, code: string, reason: string): Promise<void>;
  /** Not again for a while, longer each time, and not before the time that a server asked for is over. */
  postpone(
    attempt: Attempt,
    failure: { readonly code: string; readonly reason: string; readonly retryAfterMs?: number | undefined },
    nowMs: number,
  ): Promise<void>;
  clear(version: string): Promise<void>;
}

export async function openHolds(layout: Layout): Promise<Holds> {
  let holds = await readHolds(layout);
  const put = async (version: string, hold: Hold | undefined) => {
    const others = holds.filter((other) => other.version !== version);
    if (hold === undefined && others.length === holds.length) return;
    holds = (hold === undefined ? others : [...others, hold]).slice(-maxHolds);
    await writeDurably(layout.holds, JSON.stringify(holds));
  };
  const find = (version: string) => holds.find((hold) => hold.version === version);
  return {
    of: find,
    against: (attempt, nowMs) => {
      const hold = find(attempt.version);
      return hold === undefined || !isSame(hold, attempt) ? undefined : inWords(hold, nowMs);
    },
    holdBack: (attempt, code, reason) =>
      put(attempt.version, { ...named(attempt), code, reason, attempts: (find(attempt.version)?.attempts ?? 0) + 1 }),
    postpone: (attempt, { code, reason, retryAfterMs = 0 }, nowMs) => {
      const earlier = find(attempt.version);
      const attempts = earlier !== undefined && isSame(earlier, attempt) ? earlier.attempts + 1 : 1;
      const waitMs = Math.min(longestWaitMs, Math.max(retryAfterMs, firstWaitMs * 2 ** Math.min(attempts - 1, 20)));
      return put(attempt.version, { ...named(attempt), code, reason, attempts, untilMs: nowMs + waitMs });
    },
    clear: (version) => put(version, undefined),
  };
}

/** The holds as they are on disk; none when they cannot be read. */
export async function readHolds(layout: Layout): Promise<Hold[]> {
  try {
    return z.array(holdSchema).parse(JSON.parse(await readFile(layout.holds, "utf8")));
  } catch {
    return [];
  }
}

function isSame(hold: Hold, { manifest, configuration }: Attempt): boolean {
  return hold.configuration === configuration && (hold.manifest === undefined || hold.manifest === manifest);
}

function named({ version, manifest, configuration }: Attempt): Attempt {
  return { version, configuration, ...(manifest === undefined ? {} : { manifest }) };
}

function inWords({ version, code, reason, untilMs }: Hold, nowMs: number): string | undefined {
  if (untilMs === undefined)
    return `${version} was rolled back here (${code}: ${reason}); it is tried again when the release or the configuration changes`;
  return nowMs >= untilMs
    ? undefined
    : `${version} failed here (${code}: ${reason}); it is tried again in ${formatDuration(untilMs - nowMs)}`;
}
