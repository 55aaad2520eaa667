import { realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import type { Evidence } from "@sluice/core/gates/gate.ts";
import type { CommandTarget } from "@sluice/core/targets/command.ts";
import { formatDuration } from "@sluice/core/time/duration.ts";
import { withDeadline } from "../../analysis/deadline.ts";
import type { Secrets } from "../../analysis/provider.ts";
import { UsedSecrets } from "../../analysis/secrets.ts";
import type { Clock } from "../../clock/clock.ts";
import { locateCommand } from "../../command/locate.ts";
import { runCommand } from "../../command/run-command.ts";
import { TargetFailure } from "../failure.ts";

/** Where programs that scripts use are found. */
const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What the commands of a target are run with. */
export interface CommandOptions {
  readonly clock: Clock;
  readonly secrets: Secrets;
  /** Where the programs are that pipelines may run; undefined: none may be run here. */
  readonly folder: string | undefined;
}

/** A command that ended by itself. */
export interface Ended {
  readonly program: string;
  readonly exitCode: number;
  /** The end of what it wrote, without secrets. */
  readonly output: string;
  readonly evidence: Evidence;
}

/**
 * Runs one of a target's commands to its end. Rejects with a TargetFailure when it could not be started, was ended, or took
 * too long; then nothing of it is left running.
 */
export async function run(
  line: readonly string[],
  config: CommandTarget,
  own: Readonly<Record<string, string>>,
  { clock, secrets, folder }: CommandOptions,
  signal: AbortSignal,
): Promise<Ended> {
  const [name = "", ...args] = line;
  if (folder === undefined)
    throw new TargetFailure(
      `${name} was not run: this server runs no commands. Start it with --commands DIR, the folder that they are in`,
      { retryable: false },
    );
  return withDeadline(clock, config.timeout, signal, async (within, why) => {
    const used = new UsedSecrets(secrets);
    const prepared = await prepare(folder, name, config, used).catch((error: unknown) => {
      throw new TargetFailure(`${name}: ${(error as Error).message}`, { retryable: false, cause: error });
    });
    const secret = Object.values(prepared.secret);
    const env = {
      PATH: path,
      LANG: "C.UTF-8",
      HOME: prepared.workingFolder,
      ...config.env,
      ...prepared.secret,
      ...own,
    };
    const result = await runCommand({
      program: prepared.program,
      args,
      folder: prepared.workingFolder,
      env,
      secrets: secret,
      signal: within,
      clock,
    }).catch((error: unknown) => {
      throw new TargetFailure(`${name} could not be started: ${(error as Error).message}`, {
        retryable: why() === "stopped",
        cause: error,
      });
    });
    const { exitCode, endedBy, durationMs, output } = result;
    const evidence = { run: line, durationMs, output, ...(exitCode === undefined ? {} : { exitCode }) };
    if (why() === "timeout")
      throw new TargetFailure(`${name} was ended after ${formatDuration(config.timeout)}, its timeout`, {
        retryable: false,
        evidence,
      });
    if (why() === "stopped") throw new TargetFailure(`${name} was stopped`, { retryable: true, evidence });
    if (exitCode === undefined)
      throw new TargetFailure(`${name} was ended by ${endedBy}`, { retryable: true, evidence });
    return { program: name, exitCode, output, evidence };
  });
}

async function prepare(folder: string, name: string, config: CommandTarget, used: UsedSecrets) {
  const program = await locateCommand(folder, name);
  const root = await realpath(folder);
  const workingFolder = await realpath(join(root, config.folder));
  if (workingFolder !== root && !workingFolder.startsWith(root + sep))
    throw new Error(`its folder ${config.folder} leads out of the server's folder for commands`);
  const secret = Object.fromEntries(config.secrets.map((each) => [each, used.value(each)]));
  return { program, workingFolder, secret };
}
