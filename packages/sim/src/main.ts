import { exitCodes } from "./command/exit-codes.ts";
import { optionsFrom, usage } from "./command/options.ts";
import { runPart } from "./command/run-part.ts";
import { runPlanted } from "./command/run-planted.ts";
import { runSeeds } from "./command/run-seeds.ts";

/** `npm run sim`: simulated histories, or the proof that they see what they should. @returns the exit code */
async function main(argv: readonly string[]): Promise<number> {
  const options = optionsFrom(argv);
  if (options === "help") {
    console.log(usage);
    return exitCodes.sound;
  }
  if ("wrong" in options) {
    console.error(`${options.wrong}\nnpm run sim -- --help tells how it is used.`);
    return exitCodes.usage;
  }
  try {
    if (options.planted) return await runPlanted(options);
    return await (options.part ? runPart(options) : runSeeds(options));
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return exitCodes.broken;
  }
}

// Connections of simulated machines that were killed have real timers, which nothing waits for.
process.exit(await main(process.argv.slice(2)));
