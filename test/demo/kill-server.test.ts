import { setTimeout as delay } from "node:timers/promises";
import { runDemo } from "@sluice/cli/demo/demo.ts";
import { expect, it } from "vitest";

const kills = 20;
const seed = 20_241_121;

/** Numbers from 0 to 1, the same for the same seed: mulberry32. */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

it(`ends the same when the server is killed ${kills} times at random moments`, async () => {
  const random = randomFrom(seed);
  let told = "";
  let killed = 0;
  const stop = new AbortController();
  const out = {
    write: (text: string) => {
      told += text;
    },
  };
  const result = await runDemo({
    io: { stdout: out, stderr: out, env: {}, cwd: process.cwd(), signal: stop.signal },
    out,
    keep: false,
    disturb: async (server, signal) => {
      for (; killed < kills; killed++) {
        // Within the first moments of a start as well as in the middle of what follows.
        await delay(random() * 2_800, undefined, { signal });
        await server.killAndRestart();
      }
    },
  }).catch((error: unknown) => {
    throw new Error(`after ${killed} kills, seed ${seed}: ${error instanceof Error ? error.message : error}\n${told}`, {
      cause: error,
    });
  });
  expect({ killed, failures: result.failures, told }).toMatchObject({ killed: kills, failures: [] });
  expect(result.ok).toBe(true);
  expect(result.audit.map(({ app, ok }) => ({ app, ok }))).toEqual([
    { app: "esbuild", ok: true },
    { app: "_server", ok: true },
  ]);
}, 600_000);
