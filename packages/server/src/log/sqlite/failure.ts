import { type OperationalCode, OperationalError } from "@sluice/core/errors/operational-error.ts";

/** An error in the form in which it crosses from the writer's thread. `BUG`: not the world's fault. */
export interface Failure {
  readonly code: OperationalCode | "BUG";
  readonly message: string;
  readonly retryable: boolean;
}

// Result codes: https://www.sqlite.org/rescode.html
const full = 13;
/** The shared-memory file beside the log could not grow: there is no room for it. */
const sharedMemoryFull = 4874;
/** BUSY, LOCKED, NOMEM, IOERR: these may pass by themselves. */
const passing = new Set([5, 6, 7, 10]);
/** READONLY, CORRUPT, CANTOPEN, NOTADB: these need a person. */
const lasting = new Set([8, 11, 14, 26]);

/** Tells what went wrong in the database at `path`. */
export function failureOf(error: unknown, path: string): Failure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof OperationalError) return { code: error.code, message, retryable: error.retryable };
  const result = (error as { errcode?: unknown } | null)?.errcode;
  if (typeof result !== "number") return { code: "BUG", message, retryable: false };
  const primary = result & 0xff;
  if (primary === full || result === sharedMemoryFull)
    return {
      code: "DISK_FULL",
      message: `no space is left for ${path}; nothing was stored. Free some space; nothing else is needed.`,
      retryable: true,
    };
  if (!passing.has(primary) && !lasting.has(primary)) return { code: "BUG", message, retryable: false };
  return {
    code: "STORE_UNAVAILABLE",
    message: `${path} cannot be used: ${message} (SQLite result ${result})`,
    retryable: passing.has(primary),
  };
}

/** Makes an error of it again, on the side of the caller. */
export function errorOf({ code, message, retryable }: Failure): Error {
  return code === "BUG" ? new TypeError(message) : new OperationalError(code, message, { retryable });
}
