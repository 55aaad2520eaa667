import { optionsFrom } from "./command/options.ts";
import { runSeeds } from "./command/run-seeds.ts";

/** `npm run sim`: simulated histories. @returns the exit code: 1 when anything was violated */
async function main(argv: readonly string[]): Promise<number> {
  const options = optionsFrom(argv);
  if (typeof options === "string") {
    console.error(options);
    return 2;
  }
  return runSeeds(options);
}

process.exitCode = await main(process.argv.slice(2));
