import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { componentsFor, manifestDigest } from "@sluice/core/release/manifest.ts";
import { asUpdaterError, isAbort } from "../disk/failure.ts";
import { remove, syncPath } from "../disk/files.ts";
import { download, downloadedPath } from "../download/download.ts";
import { openPace } from "../download/pace.ts";
import { demandSpace } from "../download/space.ts";
import { versionFolder } from "../install/current.ts";
import { install, type Staged, stage } from "../install/install.ts";
import { ownNames, type Receipt, readReceipt, writeReceipt } from "../install/receipt.ts";
import { digestOfLines, treeLines } from "../install/tree.ts";
import type { Parts } from "../parts.ts";
import type { Reporting } from "../transaction/report.ts";
import { filesBeingWritten } from "./busy.ts";
import { compareTree, type Difference } from "./compare.ts";
import { type Entry, entriesOf, readEntries } from "./entries.ts";
import { putBack } from "./put-back.ts";
import { type Alteration, isAltered, readAlterations, sayAlteration, writeAlteration } from "./record.ts";

const firstRetryMs = 600_000;
const longestRetryMs = 24 * 3_600_000;

/** What is done about an installed version that is not as it was installed. */
interface Attending {
  readonly parts: Parts;
  readonly reporting: Reporting;
  /** Whether the server may be asked for what was released. */
  readonly mayAsk: boolean;
  readonly signal: AbortSignal;
}

/**
 * Compares an installed version with what was installed, puts back what was changed by hand, from the release's archives, verified
 * again, and tells the log and the server. The program is not stopped. Left as it is: what the program is writing in, and what changes
 * again after it was put back once, so that nobody fights with a program over a file. What was added stays too.
 * Never throws but the signal's reason: what cannot be put back is said, and tried again later. To be called by who has the installation alone.
 */
export async function attend(version: string, context: Attending): Promise<void> {
  const { layout, ports, log } = context.parts;
  const now = ports.clock.now();
  const before = (await readAlterations(layout)).find((one) => one.version === version);
  let known: Alteration = {
    ...(before ?? { version, atMs: now, putBack: [], changedAgain: [] }),
    busy: [],
    added: [],
  };
  try {
    const { differences, added, isWhole } = await differencesOf(version, context);
    const busy = differences.length === 0 ? new Set() : await filesBeingWritten(layout);
    const folder = versionFolder(layout, version);
    const isBusy = ({ entry }: Difference) => busy.has(join(folder, entry.path));
    const wasPutBack = ({ entry }: Difference) => known.putBack.includes(nameOf(entry));
    const wanted = differences.filter((one) => !isBusy(one) && !wasPutBack(one));
    known = {
      ...known,
      added: [...added],
      busy: differences.filter(isBusy).map(({ entry }) => nameOf(entry)),
      changedAgain: differences.filter((one) => !isBusy(one) && wasPutBack(one)).map(({ entry }) => nameOf(entry)),
    };
    if (isWhole && wanted.length === 0) known = withoutFailure(known);
    else if (isLater(known, now)) return;
    else {
      const done = await mend(version, isWhole ? wanted : undefined, context);
      known = withoutFailure({ ...known, putBack: [...new Set([...known.putBack, ...done])] });
    }
  } catch (error) {
    if (isAbort(error, context.signal)) throw error;
    const { message } = asUpdaterError(error, `putting ${version} right`);
    const times = (known.failure?.times ?? 0) + 1;
    const retryAtMs = now + Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(times - 1, 20));
    known = { ...known, failure: { reason: message, times, retryAtMs } };
  }
  if (before === undefined && !isAltered(known) && known.added.length === 0) return;
  const said = sayAlteration(known);
  const isNews = before === undefined || said !== sayAlteration(before);
  if (!isNews && known.failure === undefined && before.failure === undefined) return;
  await writeAlteration(layout, version, isNews ? { ...known, atMs: now } : known);
  if (!isNews || said === "") return;
  if (!isAltered(known)) return log.info("There is more than was installed", { version, what: said });
  log.warn("An installed version was changed by hand", { version, what: said, before: layout.found });
  await context.reporting.altered(version, said);
}

const nameOf = ({ path }: Entry): string => path.slice(1);

const withoutFailure = ({ failure: _, ...known }: Alteration): Alteration => known;

function isLater({ failure }: Alteration, now: number): boolean {
  return failure !== undefined && now < failure.retryAtMs && now > failure.retryAtMs - longestRetryMs;
}

/** `isWhole`: what was installed is known from the folder itself. */
async function differencesOf(
  version: string,
  { parts: { layout, stamps }, signal }: Attending,
): Promise<{ differences: readonly Difference[]; added: readonly string[]; isWhole: boolean }> {
  const receipt = await readReceipt(layout, version);
  const entries = receipt === undefined ? undefined : await entriesFor(version, receipt, layout);
  if (entries === undefined) return { differences: [], added: [], isWhole: false };
  return { ...(await compareTree(versionFolder(layout, version), entries, { stamps, signal })), isWhole: true };
}

/** Where only the listing is not there, or not what it was, but the tree is, it is made anew. */
async function entriesFor(
  version: string,
  receipt: Receipt,
  layout: Parts["layout"],
): Promise<readonly Entry[] | undefined> {
  const entries = await readEntries(layout, version, receipt);
  if (entries !== undefined) return entries;
  const folder = versionFolder(layout, version);
  const lines = await treeLines(folder, { except: ownNames });
  if (digestOfLines(lines) !== receipt.tree) return undefined;
  const { manifest, components } = receipt;
  await writeReceipt(folder, { manifest, components: components.map((name) => ({ name })) }, lines);
  return entriesOf(lines);
}

/**
 * @param wanted absent: it is not known what was installed, so the whole release is compared
 * @returns names of what was put back
 */
async function mend(version: string, wanted: readonly Difference[] | undefined, context: Attending): Promise<string[]> {
  const { layout, ports, drivers, stamps } = context.parts;
  const folder = versionFolder(layout, version);
  const now = ports.clock.now();
  if (wanted?.every(({ is }) => is === "mode") === true) {
    await putBack(layout, folder, wanted, { version, now });
    return wanted.map(({ entry }) => nameOf(entry));
  }
  const touched = wanted?.map(({ entry }) => nameOf(entry).split("/")[0] ?? "");
  const { manifest, components } = await releaseOf(version, touched, context);
  const release: Staged = {
    version,
    manifest,
    components,
    stage: (name, at) => drivers.find((driver) => driver.name === name)?.stage?.(at, version),
  };
  try {
    if ((await lstat(folder).catch(() => undefined)) === undefined) {
      await install(layout, release, context.signal);
      return components.map(({ name }) => name);
    }
    const staged = join(layout.staging, `${version}.released`);
    const known = await stage(layout, release, staged, context.signal);
    const lines = wanted === undefined ? await treeLines(staged, { known }) : undefined;
    const differences =
      wanted ?? (await compareTree(folder, entriesOf(lines ?? []) ?? [], { stamps, thorough: true })).differences;
    await putBack(layout, folder, differences, { staged, version, now });
    if (lines !== undefined) await writeReceipt(folder, release, lines);
    await remove(staged);
    await syncPath(layout.staging);
    return differences.length === 0 ? ownNames.slice(0, 1) : differences.map(({ entry }) => nameOf(entry));
  } finally {
    for (const { sha256 } of components) await remove(downloadedPath(layout, sha256));
  }
}

/** Brings what was released as a version, as far as it is needed, from the server. @param names of components; absent: all */
async function releaseOf(version: string, names: readonly string[] | undefined, { parts, mayAsk, signal }: Attending) {
  const { layout, identity, options, ports, blobs, onProgress } = parts;
  if (!mayAsk) throw new Error("the configuration forbids to ask the server (update.enabled)");
  const trusted = await parts.trusted();
  await trusted.refresh();
  const receipt = await readReceipt(layout, version);
  const manifest = await trusted.manifest(version, receipt?.manifest);
  const components = componentsFor(manifest, identity.platform).filter(({ name }) => names?.includes(name) ?? true);
  await demandSpace(layout.folder, components);
  const { stallMs = 30_000, bytesPerSecond } = options;
  const pace = bytesPerSecond === undefined ? undefined : openPace(bytesPerSecond, ports.clock);
  for (const component of components)
    await download(component, { layout, ports, blobs, stallMs, pace, onProgress, signal });
  return { manifest: manifestDigest(manifest), components };
}
