import { UpdaterError } from "../../errors.ts";
import type { Migration } from "./scripts.ts";

/** A migration as the database has it written down. */
export interface Recorded {
  readonly id: string;
  /** SHA-256 of the script that was run. */
  readonly sha256: string;
  /** `started`: it was begun outside a transaction, and nobody knows how far it came. */
  readonly state: "applied" | "started" | "reverted";
  /** The update that did so. */
  readonly transaction: string;
}

export interface Step {
  readonly direction: "up" | "down";
  readonly migration: Migration;
}

/**
 * What leads a database to a release: back over what only the release that is left knows, then up. Pure. Guards the version: each
 * migration is run only from the version that it was written for.
 * @param here the migrations of the release to go to; `left` those of the one in use
 * @param baseline the version of a database that nothing is recorded of
 * @throws UpdaterError MIGRATION_REFUSED
 */
export function planMigrations(options: {
  readonly here: readonly Migration[];
  readonly left: readonly Migration[];
  readonly recorded: readonly Recorded[];
  readonly baseline: string | null;
  readonly phase: Migration["phase"];
}): Step[] {
  const { here, left, recorded, baseline, phase } = options;
  const live = new Map(recorded.filter(({ state }) => state !== "reverted").map((row) => [row.id, row]));
  const downs = left.filter(({ id }) => live.has(id) && !here.some((known) => known.id === id)).toReversed();
  for (const { id } of live.values())
    if (![...here, ...downs].some((known) => known.id === id))
      throw refused(`it has the migration ${id}, which neither the release in use nor the new one knows`);
  for (const { id, sha256 } of here)
    if (live.get(id)?.state === "applied" && live.get(id)?.sha256 !== sha256)
      throw refused(`the migration ${id} is not the one that was applied: its script was changed afterwards`);
  const ups = here.filter(
    (migration) =>
      live.get(migration.id)?.state !== "applied" && (phase === "contract" || migration.phase === "expand"),
  );
  // A database that was there before the updater has everything up to its baseline.
  const after = recorded.length > 0 || baseline === null ? -1 : ups.findLastIndex(({ to }) => to === baseline);
  const due = ups.slice(after + 1);
  guard(here, due, baseline);
  return [
    ...downs.map((migration) => ({ direction: "down" as const, migration })),
    ...due.map((migration) => ({ direction: "up" as const, migration })),
  ];
}

function guard(here: readonly Migration[], ups: readonly Migration[], baseline: string | null): void {
  const pending = new Set(ups.map(({ id }) => id));
  let version = here.findLast(({ id, phase }) => phase === "expand" && !pending.has(id))?.to ?? baseline;
  for (const { phase, from, to } of ups) {
    if (phase === "contract") continue;
    if (from !== version)
      throw refused(`it has version ${version ?? "(none)"}, and the migration to ${to} expects ${from ?? "(none)"}`);
    version = to;
  }
}

function refused(why: string): UpdaterError {
  return new UpdaterError("MIGRATION_REFUSED", `The database is not one that this release can migrate: ${why}`);
}
