import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { limitsAsOptions } from "../history/shrink.ts";
import type { SimOptions } from "./options.ts";
import { summaryOf, type Tally } from "./run-seeds.ts";

const main = join(import.meta.dirname, "../main.ts");

/** Runs histories in as many processes as there are processors, each its share of the seeds. @returns the exit code */
export async function runInParallel({ seeds, from, limits }: SimOptions): Promise<number> {
  const processes = Math.min(availableParallelism(), seeds);
  const size = Math.ceil(seeds / processes);
  let ran = 0;
  const progress = () => {
    ran++;
    if (process.stderr.isTTY) process.stderr.write(`\r${ran} of ${seeds} histories`);
  };
  const shares = Array.from({ length: processes }, (_, i) => ({
    from: from + i * size,
    seeds: Math.min(size, seeds - i * size),
  }));
  const tallies = await Promise.all(
    shares.filter((share) => share.seeds > 0).map((share) => runShare(share, limitsAsOptions(limits), progress)),
  );
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  const sum = (key: keyof Tally) => tallies.reduce((total, tally) => total + tally[key], 0);
  const tally = { ran: sum("ran"), days: sum("days"), faults: sum("faults"), violations: sum("violations") };
  console.log(summaryOf(tally));
  return tally.violations === 0 ? 0 : 1;
}

/** @throws Error when the process ends without having told what it ran */
async function runShare(
  share: { readonly from: number; readonly seeds: number },
  limits: string,
  progress: () => void,
): Promise<Tally> {
  const args = ["--part", "--from", String(share.from), "--seeds", String(share.seeds)];
  const child = spawn(process.execPath, [main, ...args, ...limits.split(" ").filter((word) => word !== "")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let tally: Tally | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === "ran") progress();
    else tally = JSON.parse(line) as Tally;
  }
  if (tally === undefined) throw new Error(`The histories from seed ${share.from} on ended before their time.`);
  return tally;
}
