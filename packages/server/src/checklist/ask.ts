import { type Finding, measurementError } from "@sluice/core/analysis/finding.ts";
import type { Question } from "@sluice/core/application/probes.ts";
import { commandProvider } from "../analysis/command.ts";
import { httpProvider } from "../analysis/http.ts";
import type { Measured, Secrets } from "../analysis/provider.ts";
import type { Clock } from "../clock/clock.ts";
import { askGit, type GitOptions } from "../git/ask-git.ts";

/** Finds the answer to what a gate asks the server. Never rejects, as no provider does. */
export type Ask = (question: Question, measured: Measured, signal: AbortSignal) => Promise<Finding>;

/**
 * Asks with requests, with the programs of a folder, and with git.
 * @param options.commandsDir undefined: no program may be run
 */
export function askWith(options: {
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly commandsDir: string | undefined;
  readonly git: GitOptions;
}): Ask {
  const { clock, secrets, commandsDir } = options;
  const http = httpProvider({ clock, secrets });
  const command = commandProvider({ clock, secrets, folder: commandsDir });
  const git = askGit(clock, options.git);
  return async (question, measured, signal) => {
    if ("git" in question) return git(question.git, signal);
    const { id, http: request, command: program } = question.checklist;
    if (request !== undefined) return http.measure(request, measured, signal);
    if (program !== undefined) return command.measure(program, measured, signal);
    return measurementError(`${id} is for a person to answer`);
  };
}
