import { z } from "zod";
import type { Layout } from "../disk/layout.ts";
import { type Receipt, readLines } from "../install/receipt.ts";

/** Absolute within the version's folder, without a way out of it. */
const path = z
  .string()
  .startsWith("/")
  .refine((text) => !text.split("/").includes(".."));

const entrySchema = z.union([
  z.tuple([z.literal("folder"), path]).transform(([, at]) => ({ is: "folder" as const, path: at })),
  z
    .tuple([z.literal("file"), path, z.boolean(), z.string()])
    .transform(([, at, executable, digest]) => ({ is: "file" as const, path: at, executable, digest })),
]);

/** A file or folder as it was installed. Paths begin with a slash and are below the version's folder. */
export type Entry = z.infer<typeof entrySchema>;

/** What lines of a tree say, folders before what is in them; undefined when they are no lines of an installed version. */
export function entriesOf(lines: readonly string[]): Entry[] | undefined {
  const entries: Entry[] = [];
  for (const line of lines) {
    const { data } = entrySchema.safeParse(parsed(line));
    if (data === undefined) return undefined;
    entries.push(data);
  }
  return entries;
}

/** What was installed as a version, or undefined when what says so was changed. */
export async function readEntries(layout: Layout, version: string, receipt: Receipt): Promise<Entry[] | undefined> {
  const lines = await readLines(layout, version, receipt);
  return lines === undefined ? undefined : entriesOf(lines);
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
