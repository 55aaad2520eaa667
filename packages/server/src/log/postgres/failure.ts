import { OperationalError } from "@sluice/core/errors/operational-error.ts";

// SQLSTATE codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
const diskFull = "53100";
export const uniqueViolation = "23505";
/** Connection, transaction rollback, resources, intervention, system: the database's state, not the statement's form. */
const passingClasses = new Set(["08", "40", "53", "57", "58"]);
/** Invalid authorization, unknown database, missing privilege: these need a person. */
const lastingClasses = new Set(["28", "3D"]);
const missingPrivilege = "42501";

export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/**
 * Whether the answer was lost, so that the statement may or may not have been done: the connection broke, or the server
 * ended it. An error with any other SQLSTATE was answered, and then nothing was done.
 */
export function isLostAnswer(error: unknown): boolean {
  if (error instanceof OperationalError) return error.cause !== undefined && isLostAnswer(error.cause);
  const state = sqlState(error);
  return state === undefined ? isConnectionError(error) : state.startsWith("08") || state.startsWith("57P");
}

/** node-postgres reports a broken connection as a system error or as a plain Error with one of these texts. */
function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("syscall" in error || error instanceof AggregateError) return true;
  return /connection (?:terminated|timeout)|timeout exceeded when trying to connect|timeout expired|not queryable/i.test(
    error.message,
  );
}

/** Makes an OperationalError of what the world did; anything else is a bug and stays what it is. */
export function failureOf(error: unknown): unknown {
  if (error instanceof OperationalError) return error;
  const state = sqlState(error);
  const text = error instanceof Error ? error.message || error.name : String(error);
  if (state === diskFull)
    return new OperationalError(
      "DISK_FULL",
      `the PostgreSQL server has no space left (${text}); nothing was stored. Free some space; nothing else is needed.`,
      { retryable: true, cause: error },
    );
  const lasting = state !== undefined && (lastingClasses.has(state.slice(0, 2)) || state === missingPrivilege);
  const passing = state === undefined ? isConnectionError(error) : passingClasses.has(state.slice(0, 2));
  if (!lasting && !passing) return error;
  return new OperationalError("STORE_UNAVAILABLE", `the PostgreSQL database cannot be used: ${text}`, {
    retryable: passing,
    cause: error,
  });
}
