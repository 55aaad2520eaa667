import { systemError } from "./system-error.ts";
import { afterPowerCut, type Entry, emptyFile, emptyFolder, type File, type Folder, type Loss } from "./tree.ts";

/** The disk of one machine: files, folders and links in memory. Paths are lists of names from its root. Every call is at once. */
export class MachineDisk {
  root: Folder = emptyFolder();
  /** Nothing more fits on it. */
  full = false;
  /** What fails of it, with EIO: of syncs perhaps only those of content, and not those of names. */
  broken: "nothing" | "writes" | "syncs" | "syncs of content" = "nothing";
  /** What was written last, and is torn first. */
  lastWritten: File | undefined;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** What the power leaves of it when it fails now. */
  cutPower(loss: Loss, torn: boolean): void {
    this.root = afterPowerCut(this.root, loss, torn ? this.lastWritten : undefined);
    this.lastWritten = undefined;
  }

  /** What lies at a path, links followed. @throws ENOENT, ENOTDIR */
  find(path: readonly string[], syscall: string): Entry {
    const entry = this.findLink(path, syscall);
    if (entry.kind !== "link") return entry;
    return this.find([...path.slice(0, -1), ...entry.target.split("/")], syscall);
  }

  /** What lies at a path; the last name may be that of a link. */
  findLink(path: readonly string[], syscall: string): Entry {
    const name = path.at(-1);
    if (name === undefined) return this.root;
    const entry = this.#folderOf(path, syscall).names.get(name);
    if (entry === undefined) throw systemError("ENOENT", syscall, path.join("/"));
    return entry;
  }

  file(path: readonly string[], syscall: string): File {
    const entry = this.find(path, syscall);
    if (entry.kind !== "file") throw systemError("EISDIR", syscall, path.join("/"));
    return entry;
  }

  folder(path: readonly string[], syscall: string): Folder {
    const entry = this.find(path, syscall);
    if (entry.kind !== "folder") throw systemError("ENOTDIR", syscall, path.join("/"));
    return entry;
  }

  /** Opens a file, and makes it where there is none. */
  openToWrite(path: readonly string[], empties: boolean, mode: number): File {
    const folder = this.#folderOf(path, "open");
    const name = path.at(-1) ?? "";
    const known = folder.names.get(name);
    if (known !== undefined && known.kind !== "file") throw systemError("EISDIR", "open", path.join("/"));
    const file = known ?? emptyFile(mode, this.#now());
    folder.names.set(name, file);
    if (empties) file.content = Buffer.alloc(0);
    return file;
  }

  write(file: File, content: Buffer, at: number): void {
    if (this.full) throw systemError("ENOSPC", "write", "");
    if (this.broken === "writes") throw systemError("EIO", "write", "");
    file.content = Buffer.concat([file.content.subarray(0, at), content, file.content.subarray(at + content.length)]);
    file.changedAt = this.#now();
    this.lastWritten = file;
  }

  truncate(file: File, bytes: number): void {
    file.content = file.content.subarray(0, bytes);
    this.lastWritten = file;
  }

  sync(entry: Entry): void {
    if (this.broken === "syncs" || (this.broken === "syncs of content" && entry.kind === "file"))
      throw systemError("EIO", "fsync", "");
    if (entry.kind === "file") entry.synced = entry.content;
    if (entry.kind === "folder") entry.synced = new Map(entry.names);
  }

  makeFolder(path: readonly string[], mode: number): void {
    this.#add(path, emptyFolder(mode), "mkdir");
  }

  link(target: string, path: readonly string[]): void {
    this.#add(path, { kind: "link", target }, "symlink");
  }

  rename(from: readonly string[], to: readonly string[]): void {
    const entry = this.findLink(from, "rename");
    const target = this.#folderOf(to, "rename");
    const name = to.at(-1) ?? "";
    const there = target.names.get(name);
    if (there?.kind === "folder" && there.names.size > 0) throw systemError("ENOTEMPTY", "rename", to.join("/"));
    this.#folderOf(from, "rename").names.delete(from.at(-1) ?? "");
    target.names.set(name, entry);
  }

  remove(path: readonly string[], kind: "file" | "folder"): void {
    const entry = this.findLink(path, "rm");
    if (entry.kind === "folder" && kind === "file") throw systemError("EISDIR", "rm", path.join("/"));
    if (entry.kind === "folder" && entry.names.size > 0) throw systemError("ENOTEMPTY", "rmdir", path.join("/"));
    this.#folderOf(path, "rm").names.delete(path.at(-1) ?? "");
  }

  #add(path: readonly string[], entry: Entry, syscall: string): void {
    const { names } = this.#folderOf(path, syscall);
    const name = path.at(-1) ?? "";
    if (names.has(name)) throw systemError("EEXIST", syscall, path.join("/"));
    if (this.full) throw systemError("ENOSPC", syscall, path.join("/"));
    names.set(name, entry);
  }

  #folderOf(path: readonly string[], syscall: string): Folder {
    let folder: Entry = this.root;
    for (const [index, name] of path.slice(0, -1).entries()) {
      if (folder.kind !== "folder") throw systemError("ENOTDIR", syscall, path.join("/"));
      const child: Entry | undefined = name === ".." || name === "." ? undefined : folder.names.get(name);
      if (child === undefined) throw systemError("ENOENT", syscall, path.join("/"));
      folder = child.kind === "link" ? this.find(path.slice(0, index + 1), syscall) : child;
    }
    if (folder.kind !== "folder") throw systemError("ENOTDIR", syscall, path.join("/"));
    return folder;
  }
}
