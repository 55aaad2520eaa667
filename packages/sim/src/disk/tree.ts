/** What lies on a simulated disk, and what of it the disk keeps when the power fails: fsync(2) promises no more. */
export type Entry = File | Folder | Link;

export interface File {
  readonly kind: "file";
  content: Buffer;
  /** As it was synced last; undefined: never. */
  synced: Buffer | undefined;
  mode: number;
  changedAt: number;
}

export interface Folder {
  readonly kind: "folder";
  readonly names: Map<string, Entry>;
  /** The names as they were synced last. */
  synced: ReadonlyMap<string, Entry>;
  mode: number;
}

export interface Link {
  readonly kind: "link";
  readonly target: string;
}

export function emptyFile(mode: number, now: number): File {
  return { kind: "file", content: Buffer.alloc(0), synced: undefined, mode, changedAt: now };
}

export function emptyFolder(mode = 0o755): Folder {
  return { kind: "folder", names: new Map(), synced: new Map(), mode };
}

/**
 * - `synced`: what was synced, and nothing else;
 * - `names`: every name, but of each file only the content that was synced, as of a journal of metadata only;
 * - `all`: everything, as when only the process was killed.
 */
export const losses = ["synced", "names", "all"] as const;
export type Loss = (typeof losses)[number];

/** What is found on a disk after the power has failed; all of that is on it for good. @param torn of this file half of what was not synced is there */
export function afterPowerCut(folder: Folder, loss: Loss, torn?: File): Folder {
  const names = new Map<string, Entry>();
  for (const [name, entry] of loss === "synced" ? folder.synced : folder.names)
    names.set(name, kept(entry, loss, torn));
  return { kind: "folder", names, synced: new Map(names), mode: folder.mode };
}

function kept(entry: Entry, loss: Loss, torn: File | undefined): Entry {
  if (entry.kind === "link") return entry;
  if (entry.kind === "folder") return afterPowerCut(entry, loss, torn);
  const safe = entry.synced ?? Buffer.alloc(0);
  const half = entry.content.subarray(0, safe.length + Math.ceil(Math.max(0, entry.content.length - safe.length) / 2));
  const content = entry === torn ? half : loss === "all" ? entry.content : safe;
  return { ...entry, content, synced: content };
}

/** How many bytes all files below a folder have. */
export function bytesOf(entry: Entry): number {
  if (entry.kind === "file") return entry.content.length;
  if (entry.kind === "link") return 0;
  let bytes = 0;
  for (const child of entry.names.values()) bytes += bytesOf(child);
  return bytes;
}
