import { addCommands } from "./commands.ts";
import { runEdition } from "./edition.ts";
import type { Io } from "./io.ts";

/**
 * Runs one command.
 * @param argv what the user wrote after `sluice`
 * @returns the exit code; whatever went wrong was told on standard error
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const description = "Moves software releases stage by stage, as fast as the evidence allows.";
  return await runEdition({ description, addCommands }, argv, io);
}
