import { openPace } from "../download/pace.ts";
import { versionFolder } from "../install/current.ts";
import { isInstalled } from "../install/install.ts";
import { readReceipt } from "../install/receipt.ts";
import type { Parts } from "../parts.ts";
import type { JournalState } from "../transaction/records.ts";
import { compareTree } from "./compare.ts";
import { readEntries } from "./entries.ts";
import { readAlterations } from "./record.ts";

/** Files are read at this rate, so that nobody feels it on a machine at work, bytes a second. */
const bytesPerSecond = 32_000_000;

/**
 * Compares the current and the previous version with what was installed. Reads only, so that nobody has to wait for it.
 * @param thorough reads every file
 * @returns the versions that have to be attended to
 */
export async function inspectKept(
  parts: Parts,
  { installed, transaction }: JournalState,
  thorough: boolean,
  signal: AbortSignal,
): Promise<string[]> {
  if (transaction !== undefined) return [];
  const { version, previous } = installed;
  const altered = version === undefined || (await isAsInstalled(parts, version, thorough, signal)) ? [] : [version];
  // A version that was deleted to make room is not brought back.
  if (previous === undefined || !(await isInstalled(parts.layout, previous))) return altered;
  return (await isAsInstalled(parts, previous, thorough, signal)) ? altered : [...altered, previous];
}

async function isAsInstalled(
  { layout, stamps, ports }: Parts,
  version: string,
  thorough: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const receipt = await readReceipt(layout, version);
  const entries = receipt === undefined ? undefined : await readEntries(layout, version, receipt);
  if (entries === undefined) return false;
  const pace = openPace(bytesPerSecond, ports.clock);
  const found = await compareTree(versionFolder(layout, version), entries, { stamps, thorough, pace, signal });
  const known = (await readAlterations(layout)).find((one) => one.version === version);
  return (
    found.differences.length === 0 &&
    known?.failure === undefined &&
    (known?.busy.length ?? 0) + (known?.changedAgain.length ?? 0) === 0 &&
    found.added.join("\n") === (known?.added ?? []).join("\n")
  );
}
