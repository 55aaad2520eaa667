import type { Choice } from "../choices/choices.ts";
import { asUpdaterError } from "../disk/failure.ts";
import { layoutOf } from "../disk/layout.ts";
import { demandNoAgent } from "../disk/lock.ts";
import { openLog } from "../ports/log.ts";
import { readStatus } from "../status.ts";
import type { Updater } from "../updater.ts";
import { readConfig } from "./config.ts";
import { type AgentRequest, askAgent } from "./control.ts";
import { runAgent } from "./daemon.ts";
import { type ExitCode, exit, exitCodeOfFailure, exitCodeOfResult } from "./exit-code.ts";
import { followInLog } from "./follow.ts";
import { isInProgress, noteOf, noteOfFailure } from "./note.ts";
import { openAgent } from "./open.ts";
import { whatHolds } from "./prospect.ts";
import { type StepResult, sayProspect, sayResult, sayStatus } from "./say.ts";
import { openSurroundings } from "./surroundings.ts";

export interface CommandOptions {
  readonly json: boolean;
  /** Ends the command; a running agent stops its program first. */
  readonly signal: AbortSignal;
  /** Takes what goes to standard output. */
  readonly write: (text: string) => void;
  /** Takes what goes to standard error: errors and, of single steps, the log. */
  readonly writeError: (text: string) => void;
}

/** `sluice agent run`: looks after the installation until the signal is aborted. */
export async function agentRun(configPath: string, options: CommandOptions): Promise<ExitCode> {
  return await failing(options, async () => {
    const config = await readConfig(configPath);
    const log = openLog({ json: options.json, now: Date.now, write: options.write });
    const { updater, layout } = await openAgent(config, log);
    const { signal } = options;
    demandNoAgent(layout);
    const close = await openSurroundings({ config, updater, layout, log, signal });
    try {
      await runAgent({ layout, updater, schedule: config.schedule, log, signal });
    } finally {
      await close();
    }
    return exit.done;
  });
}

/** `sluice agent check`: says what is on offer, and installs nothing. */
export async function agentCheck(configPath: string, options: CommandOptions): Promise<ExitCode> {
  return await step(configPath, options, { do: "check" }, (updater) => updater.check(options.signal));
}

/** `sluice agent update`: installs what is on offer, whatever the schedule says. */
export async function agentUpdate(configPath: string, options: CommandOptions): Promise<ExitCode> {
  return await step(configPath, options, { do: "update" }, (updater) => updater.update(options.signal));
}

/** `sluice agent rollback`: goes back to the version before. */
export async function agentRollback(
  configPath: string,
  options: CommandOptions & { readonly reason: string },
): Promise<ExitCode> {
  const { reason } = options;
  return await step(configPath, options, { do: "rollback", reason }, (updater) =>
    updater.rollback(reason, options.signal),
  );
}

/** `sluice agent skip`, `defer`, `schedule`, `forget`: writes down what a person says of an update. */
export async function agentChoose(
  configPath: string,
  options: CommandOptions & { readonly choice: Choice },
): Promise<ExitCode> {
  const { choice } = options;
  return await step(configPath, options, { do: "choose", choice }, async (updater) => ({
    kind: "chosen",
    choices: await updater.choose(choice),
  }));
}

/** `sluice agent status`: what the installation's files say; an agent may run meanwhile or not. */
export async function agentStatus(configPath: string, options: CommandOptions): Promise<ExitCode> {
  return await failing(options, async () => {
    const { folder, program } = await readConfig(configPath);
    const status = await readStatus(layoutOf(folder));
    options.write(options.json ? `${JSON.stringify(status)}\n` : `${sayStatus(status, program !== undefined)}\n`);
    return exit.done;
  });
}

/** A single step: by the agent that looks after the installation, or by this process where none does. */
async function step(
  configPath: string,
  options: CommandOptions,
  request: AgentRequest,
  act: (updater: Updater) => Promise<StepResult>,
): Promise<ExitCode> {
  return await failing(options, async () => {
    const config = await readConfig(configPath);
    const log = openLog({ json: options.json, now: Date.now, write: options.writeError });
    let result = await askAgent(layoutOf(config.folder), request, options.signal);
    if (result === undefined) {
      const { updater } = await openAgent(config, log);
      followInLog(updater, log, Date.now);
      try {
        result = await act(updater);
        if (request.do === "check" || request.do === "update") await updater.note(noteOf(result, Date.now()));
      } catch (error) {
        if (request.do === "check" && !isInProgress(error)) await updater.note(noteOfFailure(error, Date.now()));
        throw error;
      } finally {
        await updater.sendReports(options.signal).catch(() => false);
      }
    }
    const waits =
      result.kind === "update" || result.kind === "rollback" ? await whatHolds(result, config, Date.now()) : undefined;
    options.write(
      options.json
        ? `${JSON.stringify(waits === undefined ? result : { ...result, waits })}\n`
        : `${sayResult(result)}\n${sayProspect(result, waits)}`,
    );
    return exitCodeOfResult(result);
  });
}

async function failing(options: CommandOptions, act: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await act();
  } catch (error) {
    if (options.signal.aborted) return exit.failed;
    const { code, message } = asUpdaterError(error, "this command");
    options.writeError(options.json ? `${JSON.stringify({ code, message })}\n` : `${message}\n`);
    return exitCodeOfFailure(code);
  }
}
