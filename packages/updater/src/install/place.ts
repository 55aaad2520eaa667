import { createHash, type Hash } from "node:crypto";
import { dirname, join } from "node:path";
import type { ReadEntry } from "tar";
import { systemCode } from "../disk/failure.ts";
import { type DiskFile, makeDirectory, openFile } from "../disk/files.ts";

/** What is wrong with an archive. */
export class ArchiveProblem extends Error {}

/** The types of entries that are folders. */
export const folderTypes: ReadonlySet<string> = new Set(["Directory", "GNUDumpDir"]);

/** Where the entries of an archive go: below one folder. They come without waiting, and are written when that is asked for. */
interface Place {
  /** SHA-256 of the content of each file, by its absolute path. */
  readonly files: ReadonlyMap<string, string>;
  /** Takes an entry, whose content must be written before the memory that it lies in is used again. */
  add(entry: ReadEntry): void;
  /**
   * Writes what was added and has come since.
   * @throws ArchiveProblem; failed system calls as they are
   */
  settle(): Promise<void>;
  /** Closes what is open. */
  end(): Promise<void>;
}

export function openPlace(folder: string): Place {
  const made = new Set([folder]);
  const files = new Map<string, string>();
  let waiting: (() => Promise<void>)[] = [];
  let open: { readonly file: DiskFile; readonly hash: Hash } | undefined;

  const makeOnce = async (path: string): Promise<void> => {
    if (made.has(path)) return;
    await makeDirectory(path, { recursive: true, mode: 0o755 });
    made.add(path);
  };
  const begin = async (path: string, mode: number): Promise<void> => {
    await makeOnce(dirname(path));
    open = { file: await openFile(path, "wx", mode), hash: createHash("sha256") };
  };
  const write = async (content: Buffer): Promise<void> => {
    open?.hash.update(content);
    await open?.file.write(content);
  };
  const close = async (path?: string): Promise<void> => {
    const done = open;
    open = undefined;
    if (done !== undefined && path !== undefined) files.set(path, done.hash.digest("hex"));
    await done?.file.close();
  };

  return {
    files,
    add(entry) {
      const path = join(folder, entry.path);
      const later = (act: () => Promise<void>) => {
        waiting.push(() => act().catch((error: unknown) => refuse(entry.path, error)));
      };
      if (folderTypes.has(entry.type)) {
        later(() => makeOnce(path.replace(/\/$/, "")));
        entry.resume();
        return;
      }
      // Nothing becomes set-user-id or writable for others because an archive says so.
      const mode = ((entry.mode ?? 0) & 0o111) === 0 ? 0o644 : 0o755;
      later(() => begin(path, mode));
      entry.on("data", (content: Buffer) => later(() => write(content)));
      entry.on("end", () => later(() => close(path)));
    },
    async settle() {
      const acts = waiting;
      waiting = [];
      for (const act of acts) await act();
    },
    end: close,
  };
}

function refuse(path: string, error: unknown): never {
  if (!["EEXIST", "ENOTDIR", "EISDIR"].includes(systemCode(error) ?? "")) throw error;
  throw new ArchiveProblem(`${JSON.stringify(path)} stands where another entry does`);
}
