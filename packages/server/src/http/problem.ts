import type { OperationalError } from "@sluice/core/errors/operational-error.ts";
import { isRejection, type Rejection } from "@sluice/core/errors/rejection.ts";
import { z } from "zod";
import { type ProblemCode, problemTable } from "./problem-table.ts";

export const problemMediaType = "application/problem+json; charset=utf-8";

const filePlaceSchema = z.object({
  line: z.int(),
  column: z.int(),
  path: z.string(),
  message: z.string(),
});

/** A problem as RFC 9457 has it, with members of our own. */
export const problemSchema = z
  .object({
    type: z.string().describe("A reference that names the kind of problem"),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe("What is wrong, where, and what to do"),
    code: z.string().describe("What scripts may rely on; docs/errors.md lists them"),
    nearest: z
      .array(z.string())
      .readonly()
      .exactOptional()
      .describe("The valid names most like the one that was not found"),
    problems: z
      .array(filePlaceSchema)
      .readonly()
      .exactOptional()
      .describe("What is wrong in a file, each with its place"),
    invalid: z
      .array(z.object({ at: z.string(), message: z.string() }))
      .readonly()
      .exactOptional()
      .describe("Which parts of the request are wrong, and what is expected of each"),
    id: z.string().exactOptional().describe("Under which the server's log has the failure"),
  })
  .meta({ id: "Problem" });

export type Problem = z.infer<typeof problemSchema>;

type Extra = Pick<Problem, "nearest" | "problems" | "invalid" | "id">;

/** Makes a problem. @param detail for a person: what is wrong, where, and what to do. Never a stack trace or a secret. */
export function problemOf(code: ProblemCode, detail: string, extra: Extra = {}): Problem {
  const { status, title } = problemTable[code];
  return { type: `/problems/${code}`, title, status, detail, code, ...extra };
}

/** Ends a request with a problem. Only routes and their hooks throw it. */
export class ProblemError extends Error {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;

  constructor(problem: Problem, headers: Readonly<Record<string, string>> = {}) {
    super(problem.detail);
    this.name = "ProblemError";
    this.problem = problem;
    this.headers = headers;
  }
}

export function problemError(code: ProblemCode, detail: string, extra: Extra = {}): ProblemError {
  return new ProblemError(problemOf(code, detail, extra));
}

/** Passes on what was accepted; a rejection ends the request with its problem. */
export function accepted<T>(answer: T): Exclude<T, Rejection> {
  if (isRejection(answer)) throw rejectionError(answer);
  return answer as Exclude<T, Rejection>;
}

export function rejectionError({ code, message, nearest }: Rejection): ProblemError {
  return problemError(code, message, nearest === undefined ? {} : { nearest });
}

/** How long a client waits before it tries again what may succeed by itself, in seconds. */
const retryAfterSeconds = 1;

export function operationalProblem(error: OperationalError): ProblemError {
  const problem = problemOf(error.code, error.message);
  const retry = problem.status === 503 || problem.status === 507 || error.retryable;
  return new ProblemError(problem, retry ? { "retry-after": String(retryAfterSeconds) } : {});
}
