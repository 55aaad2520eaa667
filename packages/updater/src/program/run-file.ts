import { readFile } from "node:fs/promises";
import { z } from "zod";
import { removeDurably, writeDurably } from "../disk/durable.ts";
import type { Layout } from "../disk/layout.ts";
import { withReserve } from "../disk/reserve.ts";
import { bootId, processesOfRun, startTicks } from "./processes.ts";

const runSchema = z.object({
  /** Drawn anew for each start; see `runIdVariable`. */
  runId: z.string().min(1),
  boot: z.string(),
  version: z.string().optional(),
  /** Absent: about to be started. */
  pid: z.number().int().positive().optional(),
  startTicks: z.string().optional(),
});

/** What the supervised program runs as. Written before it is started, and again when its process is known. */
export type Run = z.infer<typeof runSchema>;

export async function writeRun(layout: Layout, run: Run): Promise<void> {
  await withReserve(layout, () => writeDurably(layout.run, JSON.stringify(run)));
}

export async function readRun(layout: Layout): Promise<Run | undefined> {
  try {
    return runSchema.safeParse(JSON.parse(await readFile(layout.run, "utf8"))).data;
  } catch {
    return undefined;
  }
}

export async function forgetRun(layout: Layout): Promise<void> {
  await removeDurably(layout.run);
}

/** The processes that still belong to a run: its own, while it is that very process, and those that carry the run's id. */
export function livingProcesses(run: Run): number[] {
  if (run.boot !== bootId()) return [];
  const own = run.pid !== undefined && startTicks(run.pid) === run.startTicks && run.startTicks !== undefined;
  return [...new Set([...(own && run.pid !== undefined ? [run.pid] : []), ...processesOfRun(run.runId)])];
}

/** Whether the program of a version runs, also one that an earlier updater started. */
export async function isRunning(layout: Layout, version: string): Promise<boolean> {
  const runs = [await readRun(layout), await readRun({ ...layout, run: layout.runBeside })];
  return runs.some((run) => run?.version === version && livingProcesses(run).length > 0);
}
