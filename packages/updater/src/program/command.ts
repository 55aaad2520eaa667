import { isAbsolute, resolve } from "node:path";

/** A program to run. `{current}` in any of its texts is the folder of the version that is started, `{version}` its number, `{port}` its port. */
export interface Command {
  /** The program and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** Working folder; absent: the version's folder. */
  readonly cwd?: string | undefined;
  /** Added to the updater's own environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** Where a command's placeholders point. */
export interface Place {
  readonly folder: string;
  readonly version: string;
  /** Where it shall listen, if that is for the updater to say. */
  readonly port?: number;
}

/** A command with its placeholders replaced: ready to be spawned, never by a shell. */
export function prepare(
  command: Command,
  place: Place,
): { file: string; args: string[]; cwd: string; env: NodeJS.ProcessEnv } {
  const fill = (text: string) => fillPlace(text, place);
  const [file, ...args] = command.command;
  const cwd = command.cwd === undefined ? place.folder : fill(command.cwd);
  return {
    file: fill(file),
    args: args.map(fill),
    cwd: isAbsolute(cwd) ? cwd : resolve(cwd),
    env: {
      ...process.env,
      ...Object.fromEntries(Object.entries(command.env ?? {}).map(([name, value]) => [name, fill(value)])),
    },
  };
}

/** A text with its placeholders replaced. */
function fillPlace(text: string, { folder, version, port }: Place): string {
  const filled = text.replaceAll("{current}", folder).replaceAll("{version}", version);
  return port === undefined ? filled : filled.replaceAll("{port}", String(port));
}
