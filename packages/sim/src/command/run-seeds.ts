import type { SimOptions } from "./options.ts";
import { Report } from "./report.ts";
import { runHistories } from "./run-histories.ts";
import { runInParallel } from "./run-in-parallel.ts";

/** Fewer histories take less time than another process needs to begin. */
const worthSharing = 8;

/** Runs simulated histories and tells of each violation how to see it again. @returns the exit code */
export async function runSeeds(options: SimOptions): Promise<number> {
  const { seeds, json, hashes, trace, first } = options;
  const report = new Report({ seeds, json, hashes });
  // What is told has the order of the seeds.
  const alone = trace || hashes || first || seeds < worthSharing;
  await (alone ? runHistories(options, report) : runInParallel(options, report));
  return report.end();
}
