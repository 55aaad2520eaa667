import type { DatabaseSync } from "node:sqlite";
import { type Failure, failureOf } from "./failure.ts";
import type { OperationName, Operations } from "./operations.ts";

export interface Request {
  readonly id: number;
  readonly operation: OperationName;
  readonly args: readonly unknown[];
}

export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: Failure };

type Callable = Readonly<Record<string, (...args: unknown[]) => unknown>>;

/** What makes a group of waiting requests cost one wait for the disk. */
export interface Group {
  /** Does all writing requests in one transaction. The answers are true when this returns: what they say is on disk. */
  write(requests: readonly Request[]): Answer[];
  read(requests: readonly Request[]): Answer[];
  isWrite(request: Request): boolean;
}

/** @param path names the database in messages. */
export function createGroup(db: DatabaseSync, operations: Operations, path: string): Group {
  const writes = operations.writes as unknown as Callable;
  const reads = operations.reads as unknown as Callable;
  const perform = (from: Callable, { id, operation, args }: Request): Answer => {
    const perform = from[operation];
    if (perform === undefined) throw new TypeError(`the writer has no operation ${operation}`);
    return { id, value: perform(...args) };
  };

  const write = (requests: readonly Request[]): Answer[] => {
    if (requests.length === 0) return [];
    try {
      db.exec("BEGIN IMMEDIATE");
      const answers = requests.map((request) => perform(writes, request));
      db.exec("COMMIT");
      return answers;
    } catch (error) {
      if (db.isTransaction) db.exec("ROLLBACK");
      const failure = failureOf(error, path);
      // A faulty request must not take the others down with it; a failing disk takes them all.
      if (failure.code === "BUG" && requests.length > 1) return requests.flatMap((request) => write([request]));
      return requests.map(({ id }) => ({ id, failure }));
    }
  };

  return {
    write,
    read: (requests) =>
      requests.map((request) => {
        try {
          return perform(reads, request);
        } catch (error) {
          return { id: request.id, failure: failureOf(error, path) };
        }
      }),
    isWrite: ({ operation }) => operation in writes,
  };
}
