import { z } from "zod";
import type { UpdaterCode } from "../errors.ts";

const version = z.string().min(1).max(100);
const failure = { code: z.string().transform((code) => code as UpdaterCode), reason: z.string() };

/**
 * One line of the journal. All belong to the transaction that the last `begun` opened. A record is written when what it names
 * has been done and is on disk; only `stopping` and `rolling-back` are written before.
 */
export const recordSchema = z.discriminatedUnion("kind", [
  /** What is installed while no transaction is open; the first line of a compacted journal. */
  z.strictObject({ kind: z.literal("settled"), version: version.optional(), previous: version.optional() }),
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
    /** Why a rollback was asked for. */
    reason: z.string().optional(),
  }),
  z.strictObject({ kind: z.literal("downloaded") }),
  z.strictObject({ kind: z.literal("installed") }),
  z.strictObject({ kind: z.literal("stopping") }),
  z.strictObject({ kind: z.literal("switched") }),
  z.strictObject({ kind: z.literal("started") }),
  z.strictObject({ kind: z.literal("healthy") }),
  z.strictObject({ kind: z.literal("committed") }),
  z.strictObject({ kind: z.literal("rolling-back"), ...failure }),
  z.strictObject({ kind: z.literal("restored") }),
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
  "settled" | "resumed" | "committed" | "rolled-back" | "interrupted" | "failed"
>;

export interface Failure {
  readonly code: UpdaterCode;
  readonly reason: string;
}

export interface Transaction extends Begun {
  readonly phase: Phase;
  /** How often the updater was started again since `begun`. */
  readonly resumes: number;
  /** Why it is going back; only from `rolling-back` on. */
  readonly failure?: Failure;
}

export interface JournalState {
  /** The version in use and the one before it, as the last ended transaction left them. */
  readonly installed: { readonly version?: string | undefined; readonly previous?: string | undefined };
  readonly transaction?: Transaction;
}

export const emptyJournal: JournalState = { installed: {} };

/** Applies one record. Pure. A record that belongs to no open transaction changes nothing. */
export function applyRecord(state: JournalState, record: JournalRecord): JournalState {
  const { installed, transaction } = state;
  if (record.kind === "settled") {
    return { installed: { version: record.version, previous: record.previous } };
  }
  if (record.kind === "begun") {
    return { installed, transaction: { ...record, phase: "begun", resumes: 0 } };
  }
  if (transaction === undefined) return state;
  switch (record.kind) {
    case "committed":
      return { installed: afterCommit(installed, transaction) };
    case "rolled-back":
    case "interrupted":
      return { installed };
    case "failed":
      return { installed: record.kept === true ? afterCommit(installed, transaction) : installed };
    case "resumed":
      return { installed, transaction: { ...transaction, resumes: transaction.resumes + 1 } };
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
