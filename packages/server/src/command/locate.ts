import { access, constants, realpath } from "node:fs/promises";
import { join, sep } from "node:path";

/**
 * The program that a pipeline names, in the folder in which the server's operator has put the programs that pipelines may run.
 * Rejects with a message for people when there is none, it lies outside, or may not be executed.
 * @returns the absolute path, without symbolic links
 */
export async function locateCommand(folder: string, name: string): Promise<string> {
  const root = await realpath(folder).catch(() => undefined);
  if (root === undefined) throw new Error(`the server's folder for commands, ${folder}, does not exist`);
  const program = await realpath(join(root, name)).catch(() => undefined);
  if (program === undefined) throw new Error(`there is no ${name} in the server's folder for commands, ${folder}`);
  if (!program.startsWith(root + sep)) throw new Error(`${name} leads out of the server's folder for commands`);
  await access(program, constants.X_OK).catch(() => {
    throw new Error(`${name} may not be executed: chmod +x ${program}`);
  });
  return program;
}
