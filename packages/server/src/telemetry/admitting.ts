import type { Ask, Attempt, AttemptGrant, StoredOffer } from "./attempts.ts";
import { countsChange, isAnswer, isHarm, isObeyed, saying } from "./counting.ts";
import type { Report } from "./reports.ts";
import { nothingSaid } from "./said.ts";

/** Names that are counted; the values of an attribute come from clients, and there may be any number of them. */
const groupsMost = 200;

export function noAttempt(app: string, promotion: string): Attempt {
  return { app, promotion, revision: 0, offered: 0, offeredByGroup: {}, reached: 0, healthy: 0, failed: 0 };
}

/** What a store has to write: the attempt as it is now, and the offer that is new or changed. */
export interface Change {
  readonly attempt: Attempt;
  readonly offer: StoredOffer;
}

/** Whether a client is let in, and what has to be written for it. */
export interface Admission {
  readonly admitted: boolean;
  readonly write?: { readonly attempt: Attempt; readonly offer?: StoredOffer };
}

/** Refusals that come thicker than this are noted as one, in ms: a fleet that waits asks all the time. */
const refusalsApartMs = 1_000;

/**
 * Decides about a client that asks. Pure; every store does this inside a transaction in which nobody else changes the attempt.
 * @param latest the client's own last offer of this attempt
 * @param holds whether somebody holds the controller's lease
 */
export function admitting(
  attempt: Attempt,
  latest: StoredOffer | undefined,
  ask: Ask,
  holds: (holder: string) => boolean,
): Admission {
  if (latest !== undefined && !latest.givenBack) return { admitted: true };
  if (ask.stranger) return { admitted: false };
  const { grant, offered, offeredByGroup } = attempt;
  if (ask.closed || grant === undefined || (grant.holder !== undefined && !holds(grant.holder)))
    return refusing(attempt, ask);
  const groups = watched(attempt, ask.groups);
  if (offered >= grant.total || !groups.every((name) => hasRoom(grant, name, offeredByGroup[name] ?? 0)))
    return refusing(attempt, ask);
  const said = latest?.said ?? nothingSaid;
  return { admitted: true, write: offering(attempt, { clientId: ask.clientId, groups, at: ask.at, said }) };
}

function refusing(attempt: Attempt, { at }: Ask): Admission {
  const noted = attempt.refusedAt !== undefined && at < attempt.refusedAt + refusalsApartMs;
  return { admitted: false, ...(noted ? {} : { write: { attempt: { ...attempt, refusedAt: at } } }) };
}

function hasRoom(grant: AttemptGrant, group: string, offered: number): boolean {
  return offered < (grant.byGroup[group] ?? grant.unseenGroup);
}

/** What follows from a report. @returns undefined when it says nothing new */
export function reporting(attempt: Attempt, latest: StoredOffer | undefined, report: Report): Change | undefined {
  if (report.status === "altered") return undefined;
  const before = latest?.said ?? nothingSaid;
  const after = saying(before, report);
  const givesBack = report.status === "deferred";
  const { clientId, receivedAt } = report;
  if (latest === undefined || (latest.givenBack && !givesBack)) {
    if (givesBack && report.byShare !== true) return undefined;
    // Who was told to go back had it from an earlier rollout of the same release: that is no answer in this one.
    if (isObeyed(report)) return undefined;
    // It began without having asked here: by a share, by a feed that is served as a file, or without waiting any longer.
    const groups = watched(attempt, report.groups ?? []);
    const begun = offering(attempt, { clientId, groups, at: receivedAt, said: before });
    return reporting(begun.attempt, begun.offer, report) ?? begun;
  }
  const givenBack = givesBack && !latest.answered;
  if (after === before && givenBack === latest.givenBack) return undefined;
  const harmed = isHarm(after) && !isHarm(before);
  const change = countsChange(before, after);
  const revision = attempt.revision + 1;
  return {
    attempt: {
      ...attempt,
      revision,
      reached: attempt.reached + change.reached,
      healthy: attempt.healthy + change.healthy,
      failed: attempt.failed + change.failed,
    },
    offer: {
      ...latest,
      revision,
      said: after,
      givenBack: latest.givenBack || givenBack,
      answered: latest.answered || isAnswer(after),
      // Harm after confirmed health is a crash; before it, the update has failed.
      ...(harmed && latest.answered ? { crashedAt: receivedAt } : {}),
      failed: latest.failed || (harmed && !latest.answered),
    },
  };
}

function offering(
  attempt: Attempt,
  { clientId, groups, at, said }: { clientId: string; groups: readonly string[]; at: number; said: number },
): Change {
  const revision = attempt.revision + 1;
  const offeredByGroup = { ...attempt.offeredByGroup };
  for (const name of groups) offeredByGroup[name] = (offeredByGroup[name] ?? 0) + 1;
  return {
    attempt: { ...attempt, revision, offered: attempt.offered + 1, offeredByGroup },
    offer: {
      no: attempt.offered,
      clientId,
      offeredAt: at,
      groups,
      givenBack: false,
      answered: isAnswer(said),
      failed: isHarm(said),
      said,
      revision,
    },
  };
}

function watched({ offeredByGroup, grant }: Attempt, names: readonly string[]): string[] {
  const full = Object.keys(offeredByGroup).length + names.length > groupsMost;
  // What the grant names, the pipeline does: no made-up value may crowd it out.
  return names.filter((name) => !full || offeredByGroup[name] !== undefined || grant?.byGroup[name] !== undefined);
}
