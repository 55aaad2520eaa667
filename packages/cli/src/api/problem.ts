import { rejectionCodes } from "@sluice/core/errors/codes.ts";
import type { FileProblem } from "@sluice/core/pipeline/parse.ts";
import { type ExitCode, exitCodes, Failure } from "../failure.ts";

/** A problem document as the server sends it (RFC 9457). Everything may be missing: a proxy may have answered instead. */
interface Problem {
  readonly title?: unknown;
  readonly detail?: unknown;
  readonly code?: unknown;
  readonly nearest?: unknown;
  readonly problems?: unknown;
}

/** The exit code for an HTTP status. */
function exitCodeOf(status: number): ExitCode {
  if (status === 400 || status === 413 || status === 422 || status === 431) return exitCodes.usage;
  if (status === 401 || status === 403) return exitCodes.notAllowed;
  if (status === 404) return exitCodes.notFound;
  return status === 409 ? exitCodes.conflict : exitCodes.failed;
}

/** Makes a failure of an answer that is none of success. @param text the body, as it came */
export function failureOf(status: number, text: string, where: string): Failure {
  const problem = parse(text);
  const code = typeof problem.code === "string" ? problem.code : `HTTP_${status}`;
  const message =
    typeof problem.detail === "string"
      ? problem.detail
      : typeof problem.title === "string"
        ? problem.title
        : ((rejectionCodes as Readonly<Record<string, string>>)[code] ?? `${where} answered with status ${status}.`);
  const hint = hintOf(status, code);
  return new Failure(exitCodeOf(status), code, message, {
    ...(Array.isArray(problem.nearest) ? { nearest: problem.nearest.map(String) } : {}),
    ...(Array.isArray(problem.problems) ? { problems: problem.problems as readonly FileProblem[] } : {}),
    ...(hint === undefined ? {} : { hint }),
  });
}

function hintOf(status: number, code: string): string | undefined {
  if (code === "APPROVER_NOT_NAMED")
    return "A token counts by its name or one of its groups: sluice token create --name N --role approver --group GROUP";
  if (code === "ROUTE_NOT_FOUND")
    return "The server may be older than this command: bring it to the same version. Or is this another server's address?";
  if (status === 401)
    return "Give a token with --token or SLUICE_TOKEN, or start this beside the data folder of a server on this machine.";
  return status === 403
    ? "Somebody with the admin token can make one that may: sluice token create --name N --role ROLE"
    : undefined;
}

function parse(text: string): Problem {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Problem) : {};
  } catch {
    return {};
  }
}
