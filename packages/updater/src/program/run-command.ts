import { spawn } from "node:child_process";
import { type Command, type Place, prepare } from "./command.ts";

/** So much of the end of what a command says is kept, bytes. */
const keptBytes = 2_000;

/** How a command ended. */
export interface CommandEnd {
  /** undefined when it was killed, or could not be started. */
  readonly code: number | undefined;
  /** The end of what it wrote, or why it could not be run. */
  readonly said: string;
}

/** Runs a command to its end, for at most `timeoutMs`; never by a shell. Does not throw. */
export function runCommand(
  command: Command,
  place: Place,
  options: {
    readonly timeoutMs: number;
    readonly signal?: AbortSignal;
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<CommandEnd> {
  const { file, args, cwd, env } = prepare(command, place);
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd,
      env: { ...env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: Math.max(1, options.timeoutMs),
      killSignal: "SIGKILL",
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    let said = "";
    const keep = (chunk: Buffer) => {
      said = `${said}${chunk.toString("utf8")}`.slice(-keptBytes);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.once("error", (error) => resolve({ code: undefined, said: error.message }));
    child.once("exit", (code, killedBy) => {
      // What it started may hold the pipes open for ever: it is not waited for.
      child.stdout.destroy();
      child.stderr.destroy();
      const how = killedBy === null ? said.trim() : `ended by ${killedBy}${said === "" ? "" : `: ${said.trim()}`}`;
      resolve({ code: code ?? undefined, said: how });
    });
  });
}
