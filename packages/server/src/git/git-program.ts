import { homedir } from "node:os";
import type { Clock } from "../clock/clock.ts";
import { type CommandResult, runCommand } from "../command/run-command.ts";

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
].flatMap((setting) => ["-c", setting]);

const environment = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LANG: "C",
  GIT_ALLOW_PROTOCOL: "file:https:ssh",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  GIT_SSH_COMMAND: "ssh -o BatchMode=yes",
};

/** Runs git in a folder. Rejects when the exit code is none of those that the caller understands, with the last that git said. */
export type GitProgram = (
  args: readonly string[],
  expected?: readonly number[],
) => Promise<CommandResult & { readonly exitCode: number }>;

/** @param signal when aborted, git is ended with everything that it started */
export function gitIn(folder: string, clock: Clock, signal: AbortSignal): GitProgram {
  const env = { ...environment, HOME: homedir() };
  return async (args, expected = [0]) => {
    const run = { program: "git", args: [...settings, ...args], folder, env, secrets: [], signal, clock };
    const result = await runCommand(run);
    const { exitCode, endedBy, output } = result;
    if (exitCode !== undefined && expected.includes(exitCode)) return { ...result, exitCode };
    const said = output.split("\n").find((line) => /^(?:fatal|error|.*git: not found)/.test(line)) ?? output.trim();
    throw new Error(said.slice(0, 300) || `git was ended by ${endedBy ?? `exit code ${exitCode}`}`);
  };
}
