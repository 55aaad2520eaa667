import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import { ownInfo, readServerInfo, removeServerInfo, writeServerInfo } from "./server-info.ts";

/** A data folder that belongs to this process for as long as it lives. */
export interface DataFolderLock {
  /** Tells in `server.json` where the server listens, once that is known. */
  listening(port: number): Promise<void>;
  release(): Promise<void>;
}

/** How long a holder that has only just started is given to say who it is. */
const introductionMs = 1_000;
/** Several that start at once get in each other's way for an instant; without waiting, none of them might get the lock. */
const contentionMs = 250;
const busyResult = 5;

/**
 * Takes a data folder for this process alone; makes it, with mode 0700, if it is missing.
 *
 * The lock is an exclusive SQLite transaction on `DIR/lock.db` that is never ended: the kernel gives it back when the
 * process dies, whatever it dies of. Nothing else in this process may open `lock.db`: closing it would give the lock back
 * (fcntl(2)). `DIR/server.json` tells others who has it; it is information, not the lock.
 * Fails with the OperationalError DATA_FOLDER_IN_USE, which names the holder.
 */
export async function lockDataFolder(dir: string, info: { readonly port?: number } = {}): Promise<DataFolderLock> {
  await mkdir(dir, { recursive: true, mode: 0o700 }).catch((cause: Error) => {
    throw new OperationalError("STORE_UNAVAILABLE", `the data folder ${dir} cannot be made: ${cause.message}`, {
      retryable: false,
      cause,
    });
  });
  const db = hold(join(dir, "lock.db"));
  if (!db) throw await inUse(dir);
  try {
    await writeServerInfo(dir, ownInfo(info.port));
  } catch (error) {
    giveBack(db);
    throw error;
  }
  let released: Promise<void> | undefined;
  return {
    listening: (port) => writeServerInfo(dir, ownInfo(port)),
    release() {
      // The file first: once the lock is gone it may already be somebody else's.
      released ??= removeServerInfo(dir).finally(() => giveBack(db));
      return released;
    },
  };
}

/** What this process holds: a database that nobody refers to would be closed when it is collected, and the lock given back. */
const held = new Set<DatabaseSync>();

/** @returns the database that has the lock, or undefined when another has it. */
function hold(path: string): DatabaseSync | undefined {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { timeout: contentionMs });
    db.exec("BEGIN EXCLUSIVE");
    held.add(db);
    return db;
  } catch (cause) {
    db?.close();
    if (((cause as { errcode?: number }).errcode ?? 0) % 256 === busyResult) return undefined;
    throw new OperationalError("STORE_UNAVAILABLE", `${path} cannot be locked: ${(cause as Error).message}`, {
      retryable: false,
      cause,
    });
  }
}

function giveBack(db: DatabaseSync): void {
  held.delete(db);
  db.close();
}

async function inUse(dir: string): Promise<OperationalError> {
  const deadline = performance.now() + introductionMs;
  let holder = await readServerInfo(dir);
  while (!holder && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    holder = await readServerInfo(dir);
  }
  const who = holder ? `process ${holder.pid} since ${holder.startedAt}` : "another process";
  return new OperationalError(
    "DATA_FOLDER_IN_USE",
    `the data folder ${dir} is in use by ${who}. Stop that server, or give this one a folder of its own with --data.`,
    { retryable: false },
  );
}
