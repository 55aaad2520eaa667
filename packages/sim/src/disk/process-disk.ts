import { Readable } from "node:stream";
import type { MachineDisk } from "./machine-disk.ts";
import { systemError } from "./system-error.ts";
import { bytesOf, type Entry, type File, type Folder } from "./tree.ts";

/** What becomes of a change of a disk, and of the process that makes it; `after`: the change is done all the same; `fails`: it alone is not. */
export type Fate = "lives" | "dies before" | "dies after" | "fails";

/** Told of each change, and of each sync, before it is done. @returns whether the process lives on to see it */
type Mortal = (isNewName: boolean) => Fate;

/** Bytes of a simulated disk, and of one of its blocks. */
const capacity = 64 * 1024 * 1024;
const blockSize = 4_096;

/**
 * A machine's disk as one process sees it, with the calls of `node:fs/promises` that the updater makes. What the process is killed in the
 * midst of never answers; what a dead process goes on to ask for is not done.
 */
export class ProcessDisk {
  readonly disk: MachineDisk;
  readonly #mortal: Mortal;
  readonly #isAlive: () => boolean;

  constructor(disk: MachineDisk, isAlive: () => boolean, mortal: Mortal) {
    this.disk = disk;
    this.#isAlive = isAlive;
    this.#mortal = mortal;
  }

  readFile(path: readonly string[], encoding?: unknown): Promise<Buffer | string> {
    return this.#look(() => {
      const { content } = this.disk.file(path, "open");
      return encoding === undefined ? Buffer.from(content) : content.toString("utf8");
    });
  }

  /** @param range `end` is the last byte that is read */
  createReadStream(path: readonly string[], { end }: { readonly end?: number } = {}): Readable {
    return Readable.from(
      (async function* (self) {
        const content = (await self.readFile(path)) as Buffer;
        yield end === undefined ? content : content.subarray(0, end + 1);
      })(this),
    );
  }

  readdir(path: readonly string[], options?: { withFileTypes?: boolean }): Promise<unknown[]> {
    return this.#look(() => {
      const { names } = this.disk.folder(path, "scandir");
      const sorted = [...names].sort(([a], [b]) => (a < b ? -1 : 1));
      return sorted.map(([name, entry]) => (options?.withFileTypes === true ? { name, ...kindOf(entry) } : name));
    });
  }

  readlink(path: readonly string[]): Promise<string> {
    return this.#look(() => {
      const entry = this.disk.findLink(path, "readlink");
      if (entry.kind !== "link") throw systemError("EINVAL", "readlink", path.join("/"));
      return entry.target;
    });
  }

  stat(path: readonly string[]): Promise<object> {
    return this.#look(() => statOf(this.disk.find(path, "stat")));
  }

  lstat(path: readonly string[]): Promise<object> {
    return this.#look(() => statOf(this.disk.findLink(path, "lstat")));
  }

  statfs(): Promise<object> {
    return this.#look(() => {
      const free = this.disk.full ? 0 : Math.max(0, capacity - bytesOf(this.disk.root));
      return { bavail: Math.floor(free / blockSize), bsize: blockSize };
    });
  }

  async open(path: readonly string[], flags = "r", mode = 0o644): Promise<object> {
    if (flags === "r") {
      const entry = await this.#look(() => this.disk.find(path, "open"));
      return this.#reading(entry);
    }
    const file = await this.#change(() => this.disk.openToWrite(path, flags.startsWith("w"), mode));
    return this.#handle(file, flags.startsWith("a"));
  }

  #reading(entry: Entry): object {
    let position = 0;
    return {
      read: (into: Uint8Array) =>
        this.#look(() => {
          const content = entry.kind === "file" ? entry.content.subarray(position, position + into.length) : into;
          into.set(content);
          position += content.length;
          return { bytesRead: content.length };
        }),
      createReadStream: () => this.#stream(() => (entry.kind === "file" ? entry.content : Buffer.alloc(0))),
      stat: () => this.#look(() => statOf(entry)),
      sync: () => this.#change(() => this.disk.sync(entry)),
      close: async () => undefined,
    };
  }

  #handle(file: File, appends: boolean): object {
    let position = 0;
    const write = (content: Uint8Array, at?: number) =>
      this.#change(() => {
        this.disk.write(file, Buffer.from(content), at ?? (appends ? file.content.length : position));
        if (at === undefined) position += content.length;
        return { bytesWritten: content.length };
      });
    return {
      writeFile: async (content: string | Uint8Array) => void (await write(Buffer.from(content as Uint8Array))),
      write: (content: Uint8Array, from = 0, length = content.length - from, at?: number) =>
        write(content.subarray(from, from + length), at),
      createReadStream: () => this.#stream(() => file.content),
      writev: (contents: Uint8Array[]) => write(Buffer.concat(contents)),
      truncate: (bytes: number) => this.#change(() => this.disk.truncate(file, bytes)),
      sync: () => this.#change(() => this.disk.sync(file)),
      stat: () => this.#look(() => statOf(file)),
      close: async () => undefined,
    };
  }

  /** What an open file holds, from its beginning. */
  #stream(content: () => Buffer): Readable {
    return Readable.from(
      (async function* (self) {
        yield await self.#look(content);
      })(this),
    );
  }

  /** @returns the first folder that was made, as Node.js does; its name is all that is asked of it */
  async mkdir(
    path: readonly string[],
    options: { recursive?: boolean; mode?: number } = {},
  ): Promise<string | undefined> {
    const { recursive = false, mode = 0o755 } = options;
    if (!recursive) {
      await this.#change(() => this.disk.makeFolder(path, mode), true);
      return undefined;
    }
    return this.#change(() => {
      let first: string | undefined;
      for (let depth = 1; depth <= path.length; depth++) {
        const parent = path.slice(0, depth);
        const exists = this.disk.folder(parent.slice(0, -1), "mkdir").names.has(parent.at(-1) ?? "");
        if (exists) continue;
        this.disk.makeFolder(parent, mode);
        first ??= parent.join("/");
      }
      return first;
    });
  }

  rename(from: readonly string[], to: readonly string[]): Promise<void> {
    return this.#change(() => this.disk.rename(from, to), true);
  }

  symlink(target: string, path: readonly string[]): Promise<void> {
    return this.#change(() => this.disk.link(target, path));
  }

  copyFile(from: readonly string[], to: readonly string[]): Promise<void> {
    return this.#change(() => {
      const { content } = this.disk.file(from, "copyfile");
      this.disk.write(this.disk.openToWrite(to, true, 0o644), content, 0);
    });
  }

  chmod(path: readonly string[], mode: number): Promise<void> {
    return this.#change(() => {
      const entry = this.disk.find(path, "chmod");
      if (entry.kind !== "link") entry.mode = mode;
    });
  }

  rm(path: readonly string[], options: { force?: boolean } = {}): Promise<void> {
    return this.#change(() => {
      try {
        this.disk.remove(path, "file");
      } catch (error) {
        if (options.force !== true || (error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      }
    });
  }

  rmdir(path: readonly string[]): Promise<void> {
    return this.#change(() => this.disk.remove(path, "folder"));
  }

  async #look<T>(act: () => T): Promise<T> {
    return this.#isAlive() ? act() : new Promise<T>(() => {});
  }

  async #change<T>(act: () => T, isNewName = false): Promise<T> {
    if (!this.#isAlive()) return new Promise<T>(() => {});
    const fate = this.#mortal(isNewName);
    if (fate === "lives") return act();
    if (fate === "fails") throw systemError("EIO", "write", "");
    if (fate === "dies after") act();
    return new Promise<T>(() => {});
  }
}

function kindOf(entry: Entry) {
  return {
    isFile: () => entry.kind === "file",
    isDirectory: () => entry.kind === "folder",
    isSymbolicLink: () => entry.kind === "link",
  };
}

function statOf(entry: File | Folder | Entry): object {
  const file = entry.kind === "file" ? entry : undefined;
  return {
    ...kindOf(entry),
    size: file?.content.length ?? 0,
    mtimeMs: file?.changedAt ?? 0,
    mode: entry.kind === "link" ? 0o777 : entry.mode,
  };
}
