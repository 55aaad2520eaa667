import { homedir } from "node:os";
import type { Clock } from "../clock/clock.ts";
import { type CommandResult, runCommand } from "../command/run-command.ts";
import { sshCommand } from "./ssh-command.ts";

/**
 * Settings that hold for every call: nothing of a repository's or the machine's own is run, and a signature counts only when an
 * SSH key of the list of signers made it, whatever keyrings there are.
 */
const settings = [
  "core.hooksPath=/dev/null",
  "gc.auto=0",
  "maintenance.auto=false",
  "credential.helper=",
  "gpg.program=/bin/false",
  "gpg.x509.program=/bin/false",
  "gpg.minTrustLevel=fully",
];

const environment = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LANG: "C",
  GIT_ALLOW_PROTOCOL: "file:https:ssh",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  GIT_SSH_COMMAND: sshCommand(),
};

/** Runs git in a folder. Rejects when the exit code is none of those that the caller understands, with the last that git said. */
export type GitProgram = (
  args: readonly string[],
  expected?: readonly number[],
) => Promise<CommandResult & { readonly exitCode: number }>;

/** What one use of git needs beyond what all have. */
export interface GitUse {
  readonly settings?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Taken out of what git says. */
  readonly secrets?: readonly string[];
  /** Longest file that git may write, and so what it may fetch at a time, in bytes; absent: any. */
  readonly fileBytesMax?: number;
}

/** A use of git that reaches hosts as an ssh configuration says. */
export function reaching(sshConfig: string | undefined): GitUse {
  return { environment: { GIT_SSH_COMMAND: sshCommand({ config: sshConfig }) } };
}

/** What a shell does before it becomes git: sets the limit, in blocks of 512 bytes (POSIX, ulimit). */
const limited = 'ulimit -f "$0" && exec "$@"';

const sshSays = /^(?:ssh: |No \S+ host key is known |Host key verification failed|Load key |\S+: Permission denied \()/;
const gitSays = /^(?:fatal|error|.*git: not found)/;

/** @param signal when aborted, git is ended with everything that it started */
export function gitIn(folder: string, clock: Clock, signal: AbortSignal, use: GitUse = {}): GitProgram {
  const env = { ...environment, HOME: homedir(), ...use.environment };
  const { secrets = [], fileBytesMax } = use;
  const own = [...settings, ...(use.settings ?? [])].flatMap((setting) => ["-c", setting]);
  return async (args, expected = [0]) => {
    const git = [...own, ...args];
    const [program, all] =
      fileBytesMax === undefined
        ? ["git", git]
        : ["/bin/sh", ["-c", limited, String(Math.ceil(fileBytesMax / 512)), "git", ...git]];
    const result = await runCommand({ program, args: all, folder, env, secrets, signal, clock });
    const { exitCode, endedBy, output } = result;
    if (exitCode !== undefined && expected.includes(exitCode)) return { ...result, exitCode };
    const lines = output.split("\n");
    // Of a host that it did not get to git says only that; ssh says why.
    const said = [sshSays, gitSays].map((says) => lines.find((line) => says.test(line))).find(Boolean) ?? output.trim();
    throw new Error(said.slice(0, 300) || `git was ended by ${endedBy ?? `exit code ${exitCode}`}`);
  };
}
