import { z } from "zod";
import type { UpdaterCode } from "../errors.ts";

const version = z.string().min(1).max(100);
/** Name of a component, or of the program. */
const part = z.string().min(1).max(100);
const failure = { code: z.string().transform((code) => code as UpdaterCode), reason: z.string() };

/**
 * One line of the journal. All belong to the transaction that the last `begun` opened. A record is written when what it names
 * has been done and is on disk; only `changing` and `rolling-back` are written before.
 */
export const recordSchema = z.discriminatedUnion("kind", [
  /** What is installed while no transaction is open; the first line of a compacted journal. */
  z.strictObject({
    kind: z.literal("settled"),
    version: version.optional(),
    previous: version.optional(),
    since: z.number().optional(),
  }),
  z.strictObject({
    kind: z.literal("begun"),
    id: z.string().min(1),
    /** ms since the epoch */
    at: z.number(),
    from: version.optional(),
    to: version,
    /** SHA-256 of the release's manifest; absent when going back to a version that is kept here. */
    manifest: z.string().optional(),
    cause: z.enum(["update", "rollback"]),
    /** Why a rollback was asked for, and by what when it was not a person. */
    reason: z.string().optional(),
    code: failure.code.optional(),
  }),
  z.strictObject({ kind: z.literal("downloaded") }),
  z.strictObject({ kind: z.literal("installed") }),
  /** Everything is backed up; from now on the components are changed, in this order. */
  z.strictObject({ kind: z.literal("changing"), parts: z.array(part) }),
  z.strictObject({ kind: z.literal("applied"), part }),
  z.strictObject({ kind: z.literal("healthy") }),
  z.strictObject({ kind: z.literal("finished") }),
  /** `at`: ms since the epoch. */
  z.strictObject({ kind: z.literal("committed"), at: z.number() }),
  z.strictObject({ kind: z.literal("rolling-back"), ...failure }),
  /** `incomplete`: what could not be taken back, and why. */
  z.strictObject({ kind: z.literal("restored"), incomplete: z.string().optional() }),
  z.strictObject({ kind: z.literal("old-healthy") }),
  z.strictObject({ kind: z.literal("rolled-back") }),
  /** The updater was started again and goes on with an open transaction. */
  z.strictObject({ kind: z.literal("resumed") }),
  /** Ended before anything was changed, by a stop or a crash of the updater: nobody's fault. */
  z.strictObject({ kind: z.literal("interrupted") }),
  /** Ended without the new version; or with it, unhealthy, where automatic rollback is switched off (`kept`). */
  z.strictObject({ kind: z.literal("failed"), ...failure, kept: z.boolean().optional() }),
]);

export type JournalRecord = z.infer<typeof recordSchema>;
export type Begun = Extract<JournalRecord, { kind: "begun" }>;

/** How far an open transaction has come. */
export type Phase = Exclude<
  JournalRecord["kind"],
  "settled" | "resumed" | "applied" | "committed" | "rolled-back" | "interrupted" | "failed"
>;

export interface Failure {
  readonly code: UpdaterCode;
  readonly reason: string;
  /** How long a server asked to be left alone, ms. Not in the journal: it is in the hold that follows from it. */
  readonly retryAfterMs?: number | undefined;
}

export interface Transaction extends Begun {
  readonly phase: Phase;
  /** How often the updater was started again since `begun`. */
  readonly resumes: number;
  /** The components that are changed, in order; from `changing` on. */
  readonly parts: readonly string[];
  /** Those of them that are changed. */
  readonly applied: readonly string[];
  /** What could not be taken back; only from `restored` on. */
  readonly incomplete?: string;
  /** Why it is going back; only from `rolling-back` on. */
  readonly failure?: Failure;
}

export interface JournalState {
  /** The version in use, since when (ms since the epoch), and the one before it, as the last ended transaction left them. */
  readonly installed: {
    readonly version?: string | undefined;
    readonly previous?: string | undefined;
    readonly since?: number | undefined;
  };
  readonly transaction?: Transaction;
}

export const emptyJournal: JournalState = { installed: {} };

/** Applies one record. Pure. A record that belongs to no open transaction changes nothing. */
export function applyRecord(state: JournalState, record: JournalRecord): JournalState {
  const { installed, transaction } = state;
  if (record.kind === "settled") {
    const { version, previous, since } = record;
    return { installed: { version, previous, ...(since === undefined ? {} : { since }) } };
  }
  if (record.kind === "begun") {
    return { installed, transaction: { ...record, phase: "begun", resumes: 0, parts: [], applied: [] } };
  }
  if (transaction === undefined) return state;
  switch (record.kind) {
    case "committed":
      return { installed: { ...afterCommit(installed, transaction), since: record.at } };
    case "rolled-back":
    case "interrupted":
      return { installed };
    case "failed":
      return { installed: record.kept === true ? afterCommit(installed, transaction) : installed };
    case "resumed":
      return { installed, transaction: { ...transaction, resumes: transaction.resumes + 1 } };
    case "changing":
      return { installed, transaction: { ...transaction, phase: record.kind, parts: record.parts } };
    case "applied":
      return { installed, transaction: { ...transaction, applied: [...transaction.applied, record.part] } };
    case "restored": {
      const { incomplete } = record;
      const left = incomplete === undefined ? {} : { incomplete };
      return { installed, transaction: { ...transaction, phase: record.kind, ...left } };
    }
    case "rolling-back":
      return {
        installed,
        transaction: { ...transaction, phase: record.kind, failure: { code: record.code, reason: record.reason } },
      };
    default:
      return { installed, transaction: { ...transaction, phase: record.kind } };
  }
}

/** After a rollback the version that was left is not one to go back to. */
function afterCommit(
  installed: JournalState["installed"],
  { cause, from, to }: Transaction,
): JournalState["installed"] {
  const previous = cause === "update" ? from : installed.previous === to ? undefined : installed.previous;
  return { version: to, ...(previous === undefined || previous === to ? {} : { previous }) };
}
