import type { FileProblem } from "@sluice/core/pipeline/parse.ts";

/** What a script sees of the outcome. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  notAllowed: 3,
  notFound: 4,
  conflict: 5,
  unreachable: 6,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Everything that an error may tell beside its message. */
export interface FailureDetails {
  /** What to do about it. */
  readonly hint?: string;
  /** The nearest valid names. */
  readonly nearest?: readonly string[];
  /** What is wrong in a file, each with its place. */
  readonly problems?: readonly FileProblem[];
  /** The file that `problems` are about, as the user named it. */
  readonly file?: string;
  readonly cause?: unknown;
}

/** An expected end without success. The message tells a person what is wrong and where; never a stack. */
export class Failure extends Error {
  readonly exitCode: ExitCode;
  /** UPPER_SNAKE, for scripts. */
  readonly code: string;
  readonly details: FailureDetails;

  constructor(exitCode: ExitCode, code: string, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "Failure";
    this.exitCode = exitCode;
    this.code = code;
    this.details = details;
  }
}

/** A failure with the name of the file whose problems it tells of, where it tells of any; for whatever answered about a file that was sent. */
export function about(file: string): (failure: unknown) => never {
  return (failure) => {
    if (!(failure instanceof Failure) || failure.details.problems === undefined) throw failure;
    throw new Failure(failure.exitCode, failure.code, failure.message, { ...failure.details, file });
  };
}

/** Wrong usage or input: exit code 2. */
export function usage(message: string, details: FailureDetails = {}): Failure {
  return new Failure(exitCodes.usage, "USAGE", message, details);
}
