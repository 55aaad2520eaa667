import { optionsFrom } from "./command/options.ts";
import { runPlanted } from "./command/run-planted.ts";
import { runSeeds } from "./command/run-seeds.ts";

/** `npm run sim`: simulated histories, or the proof that they see what they should. @returns the exit code: 1 when anything was violated */
async function main(argv: readonly string[]): Promise<number> {
  const options = optionsFrom(argv);
  if (typeof options === "string") {
    console.error(options);
    return 2;
  }
  return options.planted ? runPlanted(options) : runSeeds(options);
}

// Connections of simulated machines that were killed have real timers, which nothing waits for.
process.exit(await main(process.argv.slice(2)));
