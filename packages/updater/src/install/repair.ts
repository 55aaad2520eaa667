import type { Layout } from "../disk/layout.ts";
import type { Log } from "../ports/log.ts";
import type { Journal } from "../transaction/journal.ts";
import { currentVersion, setAside, switchOff, switchTo } from "./current.ts";
import { isInstalled } from "./install.ts";

/**
 * Makes `current` and the journal agree again, after somebody changed the folder by hand. The journal's version wins while it is
 * there, then the one before it, then what `current` names. Only while no transaction is open.
 */
export async function repairCurrent(layout: Layout, journal: Journal, log: Log, now: number): Promise<void> {
  const { version, previous } = journal.state().installed;
  const linked = await currentVersion(layout);
  if (linked === version && (version === undefined || (await isInstalled(layout, version)))) return;
  if (linked === "unusable")
    log.warn("What stands where the link to the current version belongs was moved aside", {
      to: await setAside(layout, now),
    });
  for (const candidate of [version, previous, linked]) {
    if (candidate === undefined || candidate === "unusable" || !(await isInstalled(layout, candidate))) continue;
    log.warn("The installation was changed by hand and is put in order", {
      recorded: version ?? "nothing",
      current: linked ?? "nothing",
      now: candidate,
    });
    await switchTo(layout, candidate);
    if (candidate !== version) await journal.append({ kind: "settled", version: candidate });
    return;
  }
  log.error("No whole version is left in this installation; the next check installs one anew", {
    recorded: version ?? "nothing",
    folder: layout.versions,
  });
  await switchOff(layout);
  await journal.append({ kind: "settled" });
}
