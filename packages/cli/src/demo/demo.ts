import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Io, Out } from "../io.ts";
import { createStyle } from "../output/style.ts";
import { openCast } from "./cast.ts";
import { type DemoResult, judge } from "./judge.ts";
import { play } from "./play.ts";
import type { DemoServer } from "./server.ts";
import { openStory } from "./story.ts";

export interface DemoOptions {
  readonly io: Io;
  /** Where the story is told. */
  readonly out: Out;
  /** Whether the folder stays. */
  readonly keep: boolean;
  /** Done to the server while the story goes on; the story waits for its end. */
  readonly disturb?: (server: DemoServer, signal: AbortSignal) => Promise<void>;
}

/**
 * The demo: a server and a fleet as processes of their own, on loopback and in a fresh folder; three releases of real software, the
 * last of them sabotaged. Nothing that it started runs when this settles, however it ends.
 */
export async function runDemo({ io, out, keep, disturb }: DemoOptions): Promise<DemoResult> {
  const begun = new Date().toISOString();
  const style = createStyle(out, io.env);
  const story = openStory(io, style, out);
  const folder = await mkdtemp(join(tmpdir(), "sluice-demo-"));
  // What fails anywhere ends everything.
  const end = new AbortController();
  const signal = AbortSignal.any([io.signal, end.signal]);
  const cast = await openCast({ folder, story, signal }).catch(async (error: unknown) => {
    story.end();
    if (!keep) await rm(folder, { recursive: true, force: true });
    throw error;
  });
  try {
    const [witnessed] = await Promise.all([play(cast, { story, style, signal }), disturb?.(cast.server, signal)]);
    story.end();
    return await judge(cast, { witnessed, begun, style, out });
  } finally {
    end.abort();
    story.end();
    await cast.leave();
    if (keep) out.write(`Everything is kept in ${folder}\n`);
    else await rm(folder, { recursive: true, force: true });
  }
}
