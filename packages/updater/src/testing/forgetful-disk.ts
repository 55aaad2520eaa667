import { relative } from "node:path";
import type { DiskOperation, DiskWatch } from "../disk/files.ts";
import { childrenOf, digestOfImage, type Entry, type Image, openReader } from "./disk-image.ts";

/** A moment at which the power fails, and what is found on the disk afterwards. */
export interface PowerCut {
  /** For messages: the operation, and what of it was kept. */
  readonly when: string;
  readonly image: Image;
}

/**
 * A model of what a disk keeps when the power fails. It watches a real folder, and knows of each file what was last synced of it, and
 * of each folder which names were. POSIX promises no more than that (fsync(2)), so at every operation these are found afterwards:
 * - `synced`: what was synced, and nothing else;
 * - `names`: every name, but of each file only the content that was synced (as of a journal of metadata only);
 * - `all`: everything, as when only the process was killed;
 * - `torn`: the last write cut in the middle, on each of these.
 */
export interface ForgetfulDisk extends DiskWatch {
  /** How many operations there were. */
  operations(): number;
  /** Every cut that was possible, each state of the disk once. */
  cuts(): readonly PowerCut[];
}

/**
 * @param options.root the folder that is watched; what is in it now is on the disk for good
 * @param options.safe folders in it, by relative path, whose content others sync themselves, as databases do
 * @param options.except names that are not looked at anywhere
 */
export function openForgetfulDisk(options: {
  readonly root: string;
  readonly safe?: readonly string[];
  readonly except?: readonly string[];
}): ForgetfulDisk {
  const { root, safe = [], except = [] } = options;
  const read = openReader(root, except);
  const content = new Map<number, Extract<Entry, { kind: "file" }>>();
  const names = new Map<number, readonly (readonly [name: string, entry: Entry])[]>();
  const cuts = new Map<string, PowerCut>();
  let count = 0;
  let last: Image = new Map();

  const sync = (image: Image, path: string): void => {
    const entry = image.get(path);
    if (entry?.kind === "file") content.set(entry.id, entry);
    if (entry?.kind === "folder") {
      const here = childrenOf(image, path).map(([name, child]) => [name, image.get(child)] as const);
      names.set(
        entry.id,
        here.flatMap(([name, child]) => (child === undefined ? [] : [[name, child] as const])),
      );
    }
  };

  const look = (): Image => {
    const image = read();
    for (const path of image.keys())
      if (count === 0 || safe.some((folder) => path === folder || path.startsWith(`${folder}/`))) sync(image, path);
    return image;
  };

  const kept = (entry: Entry): Entry =>
    entry.kind === "file" ? (content.get(entry.id) ?? { ...entry, content: Buffer.alloc(0) }) : entry;

  const synced = (image: Image): Image => {
    const found = new Map<string, Entry>();
    const add = (path: string, entry: Entry): void => {
      found.set(path, kept(entry));
      if (entry.kind !== "folder") return;
      for (const [name, child] of names.get(entry.id) ?? []) add(path === "" ? name : `${path}/${name}`, child);
    };
    const top = image.get("");
    if (top !== undefined) add("", top);
    return found;
  };

  const note = (when: string, image: Image, torn?: (found: Image) => Image): void => {
    const named = new Map([...image].map(([path, entry]) => [path, kept(entry)]));
    for (const [how, found] of [
      ["synced", synced(image)],
      ["names", named],
      ["all", image],
    ] as const)
      for (const [detail, cut] of [
        ["", found],
        [", torn", torn?.(found)],
      ] as const)
        if (cut !== undefined) {
          const digest = digestOfImage(cut);
          if (!cuts.has(digest)) cuts.set(digest, { when: `${when} (${how}${detail})`, image: cut });
        }
  };

  last = look();
  return {
    operations: () => count,
    cuts: () => [...cuts.values()],
    before(operation) {
      if (!isIn(root, operation.path)) return;
      last = look();
      count += 1;
      note(`before ${describe(operation)}`, last);
    },
    after(operation) {
      if (!isIn(root, operation.path)) return;
      const before = last;
      const image = look();
      if (operation.kind === "sync") sync(image, relative(root, operation.path));
      note(
        `after ${describe(operation)}`,
        image,
        tearing(relative(root, operation.path), operation.kind, before, image),
      );
      last = image;
    },
  };

  function describe({ kind, path }: DiskOperation): string {
    return `${count}: ${kind} ${relative(root, path)}`;
  }
}

/** Whether a path is in a folder, or is it. */
export function isIn(root: string, path: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}

/** Cuts what an operation wrote to a file in the middle. */
function tearing(
  path: string,
  kind: DiskOperation["kind"],
  before: Image,
  after: Image,
): ((found: Image) => Image) | undefined {
  if (kind !== "write" && kind !== "copy") return undefined;
  const old = before.get(path);
  const now = after.get(path);
  if (now?.kind !== "file") return undefined;
  const oldBytes = old?.kind === "file" ? old.content.length : 0;
  const bytes = oldBytes + Math.ceil(Math.max(0, now.content.length - oldBytes) / 2);
  const torn: Entry = { ...now, content: now.content.subarray(0, bytes) };
  return (found) => (found.has(path) ? new Map([...found, [path, torn]]) : found);
}
