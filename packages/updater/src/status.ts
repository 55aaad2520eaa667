import { readFile } from "node:fs/promises";
import { z } from "zod";
import { type Choices, readChoices } from "./choices/choices.ts";
import { openFile, rename } from "./disk/files.ts";
import type { Layout } from "./disk/layout.ts";
import { readHolder } from "./disk/lock.ts";
import type { Progress, UpdaterState } from "./events.ts";
import { readHolds } from "./holds/holds.ts";
import { currentVersion } from "./install/current.ts";
import { installedVersions } from "./install/install.ts";
import { readAlterations, sayAlteration } from "./integrity/record.ts";
import { timestamp } from "./ports/clock.ts";
import { livingProcesses, readRun } from "./program/run-file.ts";
import { waitingReports } from "./reports/outbox.ts";
import { readJournal } from "./transaction/journal.ts";

const noteSchema = z.object({
  pid: z.number(),
  state: z.object({ name: z.string(), version: z.string().optional() }),
  /** Of the download under way, in bytes. */
  progress: z.object({ component: z.string(), bytes: z.number(), total: z.number() }).optional(),
  /** What the last check found; times are RFC 3339. */
  lastCheck: z
    .object({ at: z.string(), kind: z.string(), version: z.string().optional(), reason: z.string().optional() })
    .optional(),
  /** Why an offered version is not installed (yet). */
  waiting: z.string().optional(),
  nextCheckAt: z.string().optional(),
  /** What does not work beside the updates. */
  troubles: z.array(z.string()).optional(),
});

/** What a running updater writes down of itself for others to read. */
export type Note = z.infer<typeof noteSchema>;

/** What an agent adds to it. */
export type News = Omit<Note, "pid" | "state" | "progress" | "troubles">;

/** What can be said of an installation from its files alone. */
export interface Status {
  readonly installed: string | null;
  readonly previous: string | null;
  /** Versions that are kept on disk. */
  readonly kept: readonly string[];
  readonly state: UpdaterState["name"] | "interrupted";
  /** The update that is under way, or was interrupted. */
  readonly update: { readonly from: string | null; readonly to: string; readonly phase: string } | null;
  /** How far the download under way is, in bytes. */
  readonly progress: Progress | null;
  readonly program: { readonly running: boolean; readonly version: string | null; readonly pid: number | null };
  /** The agent that looks after the installation. */
  readonly agent: { readonly running: boolean; readonly pid: number | null };
  readonly lastCheck: Note["lastCheck"] | null;
  readonly waiting: string | null;
  /** What people said of updates on offer; moments are ms since the epoch. */
  readonly choices: Choices;
  readonly nextCheckAt: string | null;
  /** What was changed by hand in versions that are kept here, and what was done about it; `at` is RFC 3339. */
  readonly altered: readonly { readonly version: string; readonly at: string; readonly what: string }[];
  readonly held: readonly { readonly version: string; readonly code: string; readonly reason: string }[];
  readonly unsentReports: number;
  /** What a running agent cannot do beside the updates, which go on. */
  readonly troubles: readonly string[];
}

/** Writes the note, so that readers see the old or the new one. Lost with the power: it is made anew. */
export async function writeNote(layout: Layout, note: Note): Promise<void> {
  const temporary = `${layout.status}.new`;
  const file = await openFile(temporary, "w");
  try {
    await file.write(JSON.stringify(note));
  } finally {
    await file.close();
  }
  await rename(temporary, layout.status);
}

/** Reads an installation's status, without a lock and without changing anything. */
export async function readStatus(layout: Layout): Promise<Status> {
  const [journal, note, first, second, linked] = await Promise.all([
    readJournal(layout.journal),
    readNote(layout),
    readRun(layout),
    readRun({ ...layout, run: layout.runBeside }),
    currentVersion(layout),
  ]);
  const holder = readHolder(layout);
  const agentRuns = holder?.purpose === "agent";
  const living = [first, second]
    .map((run) => ({ run, pids: run === undefined ? [] : livingProcesses(run) }))
    .filter(({ pids }) => pids.length > 0);
  const { run, pids } = living.find((one) => one.run?.version === linked) ?? living[0] ?? { run: undefined, pids: [] };
  const { transaction, installed } = journal;
  return {
    installed: linked === "unusable" ? null : (linked ?? null),
    previous: installed.previous ?? null,
    kept: await installedVersions(layout),
    state:
      note !== undefined && note.pid === holder?.pid
        ? (note.state.name as UpdaterState["name"])
        : transaction === undefined
          ? "idle"
          : "interrupted",
    update:
      transaction === undefined
        ? null
        : { from: transaction.from ?? null, to: transaction.to, phase: transaction.phase },
    progress: note !== undefined && note.pid === holder?.pid ? (note.progress ?? null) : null,
    program: {
      running: pids.length > 0,
      version: pids.length > 0 ? (run?.version ?? null) : null,
      pid: pids[0] ?? null,
    },
    agent: { running: agentRuns, pid: agentRuns ? holder.pid : null },
    lastCheck: note?.lastCheck ?? null,
    waiting: note?.waiting ?? null,
    choices: await readChoices(layout),
    nextCheckAt: agentRuns ? (note?.nextCheckAt ?? null) : null,
    altered: (await readAlterations(layout))
      .filter(({ version }) => version === linked || version === installed.previous)
      .map((one) => ({ version: one.version, at: timestamp(one.atMs), what: sayAlteration(one) }))
      .filter(({ what }) => what !== ""),
    held: (await readHolds(layout)).map(({ version, code, reason }) => ({ version, code, reason })),
    unsentReports: (await waitingReports(layout)).length,
    troubles: agentRuns && note?.pid === holder.pid ? (note.troubles ?? []) : [],
  };
}

/** What an updater wrote down last, or undefined where nothing can be read. */
export async function readNote(layout: Layout): Promise<Note | undefined> {
  try {
    return noteSchema.safeParse(JSON.parse(await readFile(layout.status, "utf8"))).data;
  } catch {
    return undefined;
  }
}
