import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { systemCode } from "../disk/failure.ts";
import { type DiskFile, openFile, remove, rename, syncPath } from "../disk/files.ts";
import type { Log } from "../ports/log.ts";
import { applyRecord, emptyJournal, type JournalRecord, type JournalState, recordSchema } from "./records.ts";

/** The write-ahead journal of one installation. Only who holds the installation's lock may open it for writing. */
export interface Journal {
  state(): JournalState;
  /** Appends a record; it is on disk when this resolves. */
  append(record: JournalRecord): Promise<void>;
  /** Replaces the records of ended transactions by what they led to. Does nothing while one is open. */
  compact(): Promise<void>;
  close(): Promise<void>;
}

/** Reads a journal without changing it. A torn last line is as if it had not been written. */
export async function readJournal(path: string): Promise<JournalState> {
  return parse(await contentOf(path)).state;
}

/**
 * Opens the journal, cuts off a torn last line, and makes the file where there is none. A journal that is damaged before its last
 * line, which no crash can do, is put aside; then nothing is known but the link to the current version.
 */
export async function openJournal(path: string, log: Log): Promise<Journal> {
  const content = await contentOf(path);
  let { state, goodBytes, damagedLine } = parse(content);
  if (damagedLine !== undefined) {
    await rename(path, `${path}.damaged`);
    log.error("The journal is damaged; it was put aside and a new one begun", {
      file: `${path}.damaged`,
      line: damagedLine,
    });
    state = emptyJournal;
    goodBytes = 0;
  }
  let file = await openForAppend(path, goodBytes);
  return {
    state: () => state,
    async append(record) {
      const line = Buffer.from(`${JSON.stringify(record)}\n`);
      // A line that an earlier append could write only in part, because the disk was full, must not precede this one.
      if ((await file.size()) !== goodBytes) await file.truncate(goodBytes);
      await file.write(line);
      await file.sync();
      goodBytes += line.length;
      state = applyRecord(state, record);
    },
    async compact() {
      if (state.transaction !== undefined) return;
      const settled: JournalRecord = { kind: "settled", ...state.installed };
      const line = `${JSON.stringify(settled)}\n`;
      const next = await replaceFile(path, line);
      const old = file;
      file = next;
      goodBytes = Buffer.byteLength(line);
      await old.close();
      await syncPath(dirname(path));
    },
    close: () => file.close(),
  };
}

/** Puts a new file in the place of the journal, open for appending: there is no moment at which appends would go to the old one. */
async function replaceFile(path: string, content: string): Promise<DiskFile> {
  const temporary = `${path}.new`;
  await remove(temporary);
  const file = await openFile(temporary, "a");
  try {
    await file.write(content);
    await file.sync();
    await file.moveTo(path);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openForAppend(path: string, bytes: number): Promise<DiskFile> {
  const file = await openFile(path, "a");
  try {
    await file.truncate(bytes);
    await file.sync();
    await syncPath(dirname(path));
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function contentOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}

function parse(content: Buffer): { state: JournalState; goodBytes: number; damagedLine?: number } {
  let state = emptyJournal;
  let start = 0;
  for (let line = 1; start < content.length; line++) {
    const end = content.indexOf(0x0a, start);
    const record = end < 0 ? undefined : readRecord(content.toString("utf8", start, end));
    if (record === undefined) {
      const isLast = end < 0 || end === content.length - 1;
      return isLast ? { state, goodBytes: start } : { state, goodBytes: start, damagedLine: line };
    }
    state = applyRecord(state, record);
    start = end + 1;
  }
  return { state, goodBytes: start };
}

function readRecord(line: string): JournalRecord | undefined {
  try {
    return recordSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
