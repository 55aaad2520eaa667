import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { limitsAsOptions } from "../history/limits-as-options.ts";
import type { SimOptions } from "./options.ts";
import type { Listener } from "./run-histories.ts";
import { messageIn } from "./run-part.ts";

const main = join(import.meta.dirname, "../main.ts");

/** The seeds of one of the processes. */
interface Share {
  readonly from: number;
  readonly seeds: number;
}

/** Runs histories in as many processes as there are processors, each its share of the seeds. @throws Error when one ends before its time */
export async function runInParallel({ seeds, from, limits }: SimOptions, listener: Listener): Promise<void> {
  const processes = Math.min(availableParallelism(), seeds);
  const size = Math.ceil(seeds / processes);
  const shares = Array.from({ length: processes }, (_, i) => ({
    from: from + i * size,
    seeds: Math.min(size, seeds - i * size),
  }));
  await Promise.all(
    shares.filter((share) => share.seeds > 0).map((share) => runShare(share, limitsAsOptions(limits), listener)),
  );
}

async function runShare({ from, seeds }: Share, limits: readonly string[], listener: Listener): Promise<void> {
  const args = ["--part", "--from", String(from), "--seeds", String(seeds), ...limits];
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "close");
  let next = from;
  for await (const line of createInterface({ input: child.stdout })) {
    const message = messageIn(line);
    if (message === undefined) continue;
    if ("failed" in message) listener.failed(message.failed);
    else {
      listener.ran(message.ran);
      next = message.ran.seed + 1;
    }
  }
  const [code, signal] = await ended;
  if (next < from + seeds)
    throw new Error(`A process ended with ${signal ?? code} in the midst of the history of seed ${next}.`);
}
