import type { RejectionCode } from "./codes.ts";

/** An expected "no": the command was understood and refused, and nothing changed. Returned, never thrown, by the core. */
export interface Rejection {
  readonly rejected: true;
  readonly code: RejectionCode;
  /** What is wrong, where, and what to do, for a person. */
  readonly message: string;
  /** The nearest valid names, where a name was not found. */
  readonly nearest?: readonly string[];
}

export function reject(code: RejectionCode, message: string, nearest?: readonly string[]): Rejection {
  return nearest === undefined || nearest.length === 0
    ? { rejected: true, code, message }
    : { rejected: true, code, message, nearest };
}

export function isRejection(value: unknown): value is Rejection {
  return typeof value === "object" && value !== null && (value as { rejected?: unknown }).rejected === true;
}
