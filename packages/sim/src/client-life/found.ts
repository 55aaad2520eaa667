import { afterPowerCut, type Entry, type Folder, type Loss } from "../disk/tree.ts";

/** One line of the journal of an updater, as far as it is looked at. */
export interface JournalLine {
  readonly kind: string;
  readonly id?: string;
  readonly from?: string;
  readonly to?: string;
  readonly version?: string;
  readonly manifest?: string;
  readonly cause?: "update" | "rollback";
  readonly code?: string;
  readonly kept?: boolean;
}

/** What of a machine is found by who looks at its disk, and does not ask its updater. */
export interface Found {
  readonly root: Folder;
  /** What `current` leads to; undefined: it is not there; null: it is something else. */
  readonly current: string | undefined | null;
  /** Version → what is in its folder, path → content. */
  readonly versions: ReadonlyMap<string, ReadonlyMap<string, Buffer>>;
  readonly journal: readonly JournalLine[];
}

/** @param loss what of the disk the power leaves when it fails now; `all`: only the process ends */
export function find(root: Folder, loss: Loss): Found {
  const kept = loss === "all" ? root : afterPowerCut(root, loss);
  const current = kept.names.get("current");
  const folders = kept.names.get("versions");
  const versions = new Map<string, ReadonlyMap<string, Buffer>>();
  if (folders?.kind === "folder") for (const [name, entry] of folders.names) versions.set(name, filesOf(entry));
  const journal = kept.names.get("journal.jsonl");
  return {
    root: kept,
    current:
      current?.kind === "link" ? current.target.slice("versions/".length) : current === undefined ? undefined : null,
    versions,
    journal: journal?.kind === "file" ? linesOf(journal.content) : [],
  };
}

/** What lies below a folder: path → content. */
export function filesOf(entry: Entry | undefined): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  const add = (one: Entry, path: string): void => {
    if (one.kind === "file") files.set(path, one.content);
    else if (one.kind === "folder")
      for (const [name, child] of one.names) add(child, path === "" ? name : `${path}/${name}`);
    else files.set(path, Buffer.from(`a link to ${one.target}`));
  };
  if (entry !== undefined) add(entry, "");
  return files;
}

/** The lines that were written wholly. */
export function linesOf(content: Buffer): JournalLine[] {
  return content
    .toString("utf8")
    .split("\n")
    .slice(0, -1)
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as JournalLine];
      } catch {
        return [];
      }
    });
}
