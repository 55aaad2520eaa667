import { lstat } from "node:fs/promises";
import type { Layout } from "../disk/layout.ts";
import type { Log } from "../ports/log.ts";
import type { Journal } from "../transaction/journal.ts";
import { currentVersion, setAside, switchOff, switchTo, versionFolder } from "./current.ts";
import { isInstalled } from "./install.ts";

/**
 * Makes `current` and the journal agree again, after somebody changed the folder by hand. The journal's version wins while it is
 * there or its program still runs, then the one before it, then what `current` names; at last the journal's version as it is, which may do
 * better than none. Only while no transaction is open.
 * @param runs whether the program of a version runs
 * @returns what was put in order, in words
 */
export async function repairCurrent(
  layout: Layout,
  journal: Journal,
  log: Log,
  context: { readonly now: number; readonly runs: (version: string) => Promise<boolean> },
): Promise<string | undefined> {
  const { version, previous } = journal.state().installed;
  const linked = await currentVersion(layout);
  const isWhole = version === undefined || (await isInstalled(layout, version));
  if (linked === version && isWhole) return undefined;
  if (linked === version && version !== undefined && (await context.runs(version))) return undefined;
  if (linked === "unusable")
    log.warn("What stands where the link to the current version belongs was moved aside", {
      to: await setAside(layout, context.now),
    });
  const candidate = await best([version, previous, linked], layout, version);
  if (candidate === undefined) {
    log.error("No whole version is left in this installation; the next check installs one anew", {
      recorded: version ?? "nothing",
      folder: layout.versions,
    });
    await switchOff(layout);
    await journal.append({ kind: "settled" });
    return undefined;
  }
  if (candidate === linked && candidate === version) return undefined;
  log.warn("The installation was changed by hand and is put in order", {
    recorded: version ?? "nothing",
    current: linked ?? "nothing",
    now: candidate,
  });
  await switchTo(layout, candidate);
  if (candidate === version)
    return `the link to the current version was changed by hand (${linked ?? "it was gone"}), put back to ${candidate}`;
  await journal.append({ kind: "settled", version: candidate });
  return version === undefined
    ? `the journal was lost or damaged; the link says that ${candidate} is installed`
    : `${version} was damaged by hand and could not be put right; ${candidate} takes its place`;
}

async function best(
  candidates: readonly (string | undefined)[],
  layout: Layout,
  recorded: string | undefined,
): Promise<string | undefined> {
  for (const candidate of candidates)
    if (candidate !== undefined && candidate !== "unusable" && (await isInstalled(layout, candidate))) return candidate;
  return recorded !== undefined && (await isThere(layout, recorded)) ? recorded : undefined;
}

/** Whether a version has a folder, whole or not. */
async function isThere(layout: Layout, version: string): Promise<boolean> {
  return (await lstat(versionFolder(layout, version)).catch(() => undefined))?.isDirectory() === true;
}
