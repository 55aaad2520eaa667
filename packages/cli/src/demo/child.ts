import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));

/** A `sluice` process that the demo started, in a process group of its own. */
export interface Child {
  readonly pid: number;
  /** How it ended, or undefined while it lives. */
  ended(): string | undefined;
  /** Signals its process group. Nothing happens when it has ended. */
  signal(name: NodeJS.Signals): void;
  /** Resolves when it has ended. */
  readonly exited: Promise<void>;
}

/**
 * Starts `sluice ARGS`.
 * @param options.log file that its output is added to; with `quiet`, only what it writes to standard error
 */
export async function startChild(
  args: readonly string[],
  options: {
    readonly cwd: string;
    readonly log: string;
    readonly quiet?: boolean;
  },
): Promise<Child> {
  const log = openSync(options.log, "a", 0o600);
  const child = spawn(process.execPath, [main, ...args], {
    cwd: options.cwd,
    detached: true,
    stdio: ["ignore", options.quiet === true ? "ignore" : log, log],
    env: inherited(),
  });
  closeSync(log);
  const pid = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("spawn", () => resolve(child.pid ?? 0));
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return { pid, exited, ended: () => endOf(child), signal: (name) => signalGroup(child, pid, name) };
}

/** What the user's own settings might change in the demo stays out of it. */
function inherited(): Record<string, string> {
  const kept = ["PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ"];
  return Object.fromEntries(
    kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

function endOf(child: ChildProcess): string | undefined {
  if (child.signalCode !== null) return `ended by ${child.signalCode}`;
  return child.exitCode === null ? undefined : `ended with code ${child.exitCode}`;
}

function signalGroup(child: ChildProcess, pid: number, name: NodeJS.Signals): void {
  if (endOf(child) !== undefined) return;
  try {
    process.kill(-pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
