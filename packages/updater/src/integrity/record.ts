import { readFile } from "node:fs/promises";
import { z } from "zod";
import { writeDurably } from "../disk/durable.ts";
import type { Layout } from "../disk/layout.ts";
import { withReserve } from "../disk/reserve.ts";

const paths = z.array(z.string());

const recordSchema = z.object({
  version: z.string(),
  /** When this last changed, ms since the epoch. */
  atMs: z.number(),
  /** What was put back, ever since the version was installed. */
  putBack: paths,
  /** What changed again after that: the program's own, as it seems. */
  changedAgain: paths,
  /** What the program has open to write in. */
  busy: paths,
  /** What did not come with the version. */
  added: paths,
  /** Why the rest could not be put back, and how often in a row. */
  failure: z.object({ reason: z.string(), times: z.number(), retryAtMs: z.number() }).optional(),
});

/** In what an installed version is not as it was installed, and what was done about it. */
export type Alteration = z.infer<typeof recordSchema>;

/** Only so many are remembered: of the versions that are kept. */
const maxVersions = 10;
/** So many paths are named before the rest is counted. */
const maxNamed = 5;

/** What is known of alterations; nothing when it cannot be read. */
export async function readAlterations(layout: Layout): Promise<Alteration[]> {
  try {
    return z.array(recordSchema).parse(JSON.parse(await readFile(layout.alterations, "utf8")));
  } catch {
    return [];
  }
}

/** Replaces what is known of a version; undefined: it is as it was installed, and always was. */
export async function writeAlteration(layout: Layout, version: string, known: Alteration | undefined): Promise<void> {
  const others = (await readAlterations(layout)).filter((one) => one.version !== version);
  const all = (known === undefined ? others : [...others, known]).slice(-maxVersions);
  await withReserve(layout, () => writeDurably(layout.alterations, JSON.stringify(all)));
}

/** Whether anything but added files is worth telling. */
export function isAltered({ putBack, busy, changedAgain, failure }: Alteration): boolean {
  return putBack.length + busy.length + changedAgain.length > 0 || failure !== undefined;
}

/** The same in words, for people here and at the server. */
export function sayAlteration({ putBack, changedAgain, busy, added, failure }: Alteration): string {
  const restored = putBack.filter((path) => !changedAgain.includes(path));
  return [
    restored.length === 0 ? [] : `${named(restored)} changed by hand, put back as released`,
    changedAgain.length === 0
      ? []
      : `${named(changedAgain)} changed again after being put back, so left to the program`,
    busy.length === 0 ? [] : `${named(busy)} changed, and left: the program is writing in it`,
    failure === undefined ? [] : `changed by hand and not put back yet: ${failure.reason}`,
    added.length === 0 ? [] : `besides the release: ${named(added)}`,
  ]
    .flat()
    .join("; ");
}

function named(all: readonly string[]): string {
  const more = all.length - maxNamed;
  return `${all.slice(0, maxNamed).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
