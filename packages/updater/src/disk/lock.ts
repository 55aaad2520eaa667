import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { UpdaterCode } from "../errors.ts";
import { UpdaterError } from "../errors.ts";
import { startTicks } from "../program/processes.ts";
import type { Layout } from "./layout.ts";

/** Who holds an installation, for messages only: the lock itself is the kernel's. */
export interface Holder {
  readonly pid: number;
  /** Tells the process from a later one with the same id. */
  readonly startTicks: string | undefined;
  readonly purpose: LockPurpose;
}

/** `agent`: a daemon, for as long as it lives. `update`: one update, rollback or check. */
export type LockPurpose = "agent" | "update";

/** What this process holds: a database that nobody refers to would be closed when it is collected, and the lock given back. */
const held = new Set<DatabaseSync>();

/**
 * Takes an installation for this process alone: an exclusive SQLite transaction, which is a lock of the kernel and so ends with
 * the process, however that ends.
 * @returns a function that gives it back
 * @throws UpdaterError UPDATE_IN_PROGRESS, or FOLDER_IN_USE when an agent holds it and another wants to start
 */
export function takeLock(layout: Layout, purpose: LockPurpose): () => void {
  const database = new DatabaseSync(layout.lock, { timeout: 0 });
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if ((error as { errcode?: unknown }).errcode !== sqliteBusy) throw error;
    throw refusal(readHolder(layout), purpose, layout.folder);
  }
  held.add(database);
  writeFileSync(
    layout.lockHolder,
    JSON.stringify({ pid: process.pid, startTicks: startTicks(process.pid), purpose } satisfies Holder),
  );
  return () => {
    rmSync(layout.lockHolder, { force: true });
    held.delete(database);
    database.close();
  };
}

/**
 * Says so at once where an agent looks after the installation, before another one opens anything beside it. No lock: `takeLock` is.
 * @throws UpdaterError FOLDER_IN_USE
 */
export function demandNoAgent(layout: Layout): void {
  const holder = readHolder(layout);
  if (holder?.purpose === "agent") throw refusal(holder, "agent", layout.folder);
}

/** https://sqlite.org/rescode.html#busy */
const sqliteBusy = 5;

function refusal(holder: Holder | undefined, purpose: LockPurpose, folder: string): UpdaterError {
  const who = holder === undefined ? "another process" : `process ${holder.pid}`;
  const code: UpdaterCode = purpose === "agent" && holder?.purpose === "agent" ? "FOLDER_IN_USE" : "UPDATE_IN_PROGRESS";
  return new UpdaterError(
    code,
    code === "FOLDER_IN_USE"
      ? `${folder} is looked after by an agent already (${who}): stop that one first`
      : `An update of ${folder} is in progress already (${who}): wait until it has ended`,
  );
}

/** Who holds the lock, or undefined when nobody seems to. For messages only: the lock itself knows better. */
export function readHolder(layout: Layout): Holder | undefined {
  try {
    const holder = JSON.parse(readFileSync(layout.lockHolder, "utf8")) as Partial<Holder>;
    const lives = typeof holder.pid === "number" && startTicks(holder.pid) === holder.startTicks;
    return lives && (holder.purpose === "agent" || holder.purpose === "update") ? (holder as Holder) : undefined;
  } catch {
    return undefined;
  }
}
