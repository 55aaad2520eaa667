import type { UpdaterCode } from "../errors.ts";
import type { StepResult } from "./say.ts";

/** Exit codes of the command line. */
export const exit = { done: 0, failed: 1, usage: 2, notAllowed: 3, notFound: 4, conflict: 5, unreachable: 6 } as const;

export type ExitCode = (typeof exit)[keyof typeof exit];

const ofFailure: Readonly<Partial<Record<UpdaterCode, ExitCode>>> = {
  CONFIG_INVALID: exit.usage,
  ROOT_INVALID: exit.usage,
  CHOICE_REFUSED: exit.usage,
  NOT_ALLOWED: exit.notAllowed,
  NOT_PUBLISHED: exit.notFound,
  NOTHING_TO_ROLL_BACK: exit.notFound,
  UPDATE_IN_PROGRESS: exit.conflict,
  FOLDER_IN_USE: exit.conflict,
  SERVER_UNREACHABLE: exit.unreachable,
};

export function exitCodeOfFailure(code: UpdaterCode): ExitCode {
  return ofFailure[code] ?? exit.failed;
}

export function exitCodeOfResult({ kind }: StepResult): ExitCode {
  return kind === "failed" || kind === "rolled-back" ? exit.failed : exit.done;
}
