import { optionsFrom } from "./command/options.ts";
import { runInParallel } from "./command/run-in-parallel.ts";
import { runPlanted } from "./command/run-planted.ts";
import { runSeeds } from "./command/run-seeds.ts";

/** Fewer histories take less time than another process needs to begin. */
const worthSharing = 8;

/** `npm run sim`: simulated histories, or the proof that they see what they should. @returns the exit code: 1 when anything was violated */
async function main(argv: readonly string[]): Promise<number> {
  const options = optionsFrom(argv);
  if (typeof options === "string") {
    console.error(options);
    return 2;
  }
  if (options.planted) return runPlanted(options);
  const { trace, hashes, first, part, seeds } = options;
  return trace || hashes || first || part || seeds < worthSharing ? runSeeds(options) : runInParallel(options);
}

// Connections of simulated machines that were killed have real timers, which nothing waits for.
process.exit(await main(process.argv.slice(2)));
