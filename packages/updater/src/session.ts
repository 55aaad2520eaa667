import type { Component } from "@sluice/core/release/manifest.ts";
import type { Found } from "./check/look.ts";
import { look } from "./check/look.ts";
import { removeDurably } from "./disk/durable.ts";
import { keepReserve } from "./disk/reserve.ts";
import { UpdaterError } from "./errors.ts";
import type { UpdateResult } from "./events.ts";
import { type Holds, openHolds } from "./holds/holds.ts";
import { isInstalled } from "./install/install.ts";
import { clearWorkFolders, prune } from "./install/keep.ts";
import { repairCurrent } from "./install/repair.ts";
import { attend } from "./integrity/attend.ts";
import type { Parts } from "./parts.ts";
import { isRunning } from "./program/run-file.ts";
import { effects } from "./transaction/effects.ts";
import { type End, execute, type Perform } from "./transaction/execute.ts";
import type { Journal } from "./transaction/journal.ts";
import type { Begun, JournalState } from "./transaction/records.ts";
import { recover } from "./transaction/recover.ts";
import { openReporting, type Reporting } from "./transaction/report.ts";
import { resultOf } from "./transaction/result.ts";

/** What can be done with an installation by who holds the exclusive right to it. */
export interface Session {
  /** The version in use. */
  installed(): JournalState["installed"];
  /** Ends what an earlier process left open, and puts the folder in order. To be called before anything else. */
  settle(): Promise<void>;
  look(): Promise<Found>;
  /** Puts back what was changed by hand in the current or the previous version. @param mayAsk whether the server may be asked for it */
  attend(version: string, mayAsk: boolean): Promise<void>;
  /** Gives an offer back that is not taken now. */
  defer(version: string, reason: string): Promise<void>;
  /** Carries out one update or rollback. */
  transact(begun: Omit<Begun, "kind" | "id" | "at">, components?: readonly Component[]): Promise<UpdateResult>;
}

export async function openSession(parts: Parts, journal: Journal, signal: AbortSignal): Promise<Session> {
  const { layout, options, ports, log } = parts;
  const { automatic: automaticRollback, keepVersions } = options.rollback;
  const holds = await openHolds(layout);
  const reporting = openReporting({ ...parts, holds });

  const carrying = { parts: parts.drivers.map(({ name }) => name), now: ports.clock.now };

  const attendTo = (version: string, mayAsk: boolean): Promise<void> =>
    attend(version, { parts, reporting, mayAsk, signal });

  /** A version that lost what belongs to it is put right by the server's help; only where that fails, another takes its place. */
  const putInOrder = async (): Promise<void> => {
    const { version } = journal.state().installed;
    if (version !== undefined && !(await isInstalled(layout, version))) await attendTo(version, true);
    const runs = (one: string) => isRunning(layout, one);
    const repaired = await repairCurrent(layout, journal, log, { now: ports.clock.now(), runs });
    const now = journal.state().installed.version;
    if (repaired !== undefined && now !== undefined) await reporting.altered(now, repaired);
  };

  const tidy = async (): Promise<void> => {
    await putInOrder();
    await journal.compact();
    const { version: current, previous } = journal.state().installed;
    const deleted = await prune(layout, { keep: keepVersions, current, previous });
    if (deleted.length > 0) log.info("Versions that are kept no longer were deleted", { versions: deleted.join(" ") });
    await clearWorkFolders(layout);
    await keepReserve(layout);
  };

  const perform = (components?: readonly Component[]): Perform =>
    effects({ ...parts, reporting, signal, ...(components === undefined ? {} : { components }) });

  const finish = async (end: End): Promise<UpdateResult> => {
    const result = resultOf(end) ?? { kind: "none", reason: "the update was interrupted before it changed anything" };
    logEnd(parts, result);
    parts.onEnded(result);
    if (result.kind === "completed" || (result.kind === "failed" && result.code === "DISK_FULL"))
      await removeDurably(layout.downloads);
    await tidy();
    return result;
  };

  return {
    installed: () => journal.state().installed,
    async settle() {
      const end = await recover({ journal, perform: perform(), ...carrying, automaticRollback, signal });
      if (end === undefined) await parts.onceTidy(tidy);
      else await finish(end);
      await putInOrder();
    },
    async attend(version, mayAsk) {
      const { version: current, previous } = journal.state().installed;
      if (version === current || version === previous) await attendTo(version, mayAsk);
    },
    look: () => lookWith(parts, journal, holds, reporting, signal),
    defer: (version, reason) => reporting.deferred(version, { reason }, journal.state().installed.version),
    async transact(begun, components) {
      // What may be gone back to has to be as it was released: the old version, or the one that a person goes back to.
      const kept = begun.cause === "update" ? begun.from : begun.to;
      if (kept !== undefined && (await isInstalled(layout, kept))) await attendTo(kept, true);
      const at = ports.clock.now();
      const id = `${at.toString(36)}${Math.floor(ports.random() * 36 ** 6).toString(36)}`;
      log.info(begun.cause === "update" ? "The update begins" : "The rollback begins", {
        from: begun.from,
        to: begun.to,
      });
      await journal.append({ kind: "begun", id, at, ...begun });
      const end = await execute({
        journal,
        perform: perform(components),
        ...carrying,
        automaticRollback,
        resumed: false,
        signal,
      });
      if (end === undefined) throw new UpdaterError("UNEXPECTED", "The journal forgot the update that was begun");
      return await finish(end);
    },
  };
}

async function lookWith(
  parts: Parts,
  journal: Journal,
  holds: Holds,
  reporting: Reporting,
  signal: AbortSignal,
): Promise<Found> {
  const installed = journal.state().installed.version;
  parts.onState({ name: "checking" });
  return await look({
    ask: parts.ask,
    identity: parts.options.identity,
    installed,
    trusted: parts.trusted,
    holds,
    configuration: parts.configuration,
    now: parts.ports.clock.now,
    onRefused: async (version, error) => {
      const failure = { code: error.code, reason: error.message };
      // What is only offered wrongly says nothing against the release, so its offer is given back instead.
      if (error.code !== "UNTRUSTED") await reporting.deferred(version, failure, installed);
      else if (parts.isNews(`${version}\n${error.code}`)) await reporting.refused(version, failure, installed);
    },
    signal,
  });
}

function logEnd({ log }: Parts, result: UpdateResult): void {
  if (result.kind === "completed")
    log.info("The version is installed and healthy", { version: result.version, from: result.from });
  else if (result.kind === "rolled-back")
    log.error("The new version was taken back; the old one is healthy", {
      version: result.version,
      to: result.to,
      code: result.code,
      why: result.reason,
    });
  else if (result.kind === "failed")
    log.error("The update failed", { version: result.version, code: result.code, why: result.reason });
  else log.warn(result.reason);
}
