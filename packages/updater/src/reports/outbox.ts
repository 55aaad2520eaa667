import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { makeFolder, removeDurably, writeDurably } from "../disk/durable.ts";
import { syncPath } from "../disk/files.ts";
import type { Layout } from "../disk/layout.ts";
import type { Log } from "../ports/log.ts";

/** Most reports that are kept for a server that does not answer; then the oldest are dropped. */
const maxReports = 1_000;

const reportSchema = z.strictObject({
  /** Identity headers at the time of the report. */
  headers: z.record(z.string(), z.string()),
  body: z.strictObject({
    version: z.string(),
    status: z.enum(["in-progress", "completed", "failed", "rolled-back", "deferred", "altered"]),
    /** RFC 3339 */
    timestamp: z.string(),
    details: z.record(z.string(), z.unknown()),
  }),
});

/** What the server is told of one update; by contract `POST /api/v1/updates/status`. */
export type Report = z.infer<typeof reportSchema>;

/** Reports that are not sent yet, on disk, in order. */
export interface Outbox {
  /**
   * Keeps a report; it is on disk when this resolves.
   * @param id a report of the same id that still waits is not kept twice
   */
  put(id: string, report: Report): Promise<void>;
  /** The oldest report, or undefined when there is none. */
  first(): Promise<{ name: string; report: Report } | undefined>;
  remove(name: string): Promise<void>;
}

/** For where nobody can be told. */
export const noOutbox: Outbox = {
  put: async () => undefined,
  first: async () => undefined,
  remove: async () => undefined,
};

export async function openOutbox(layout: Layout, log: Log): Promise<Outbox> {
  await makeFolder(layout.outbox);
  return {
    async put(id, report) {
      const names = await waitingReports(layout);
      // Whoever put it there may have ended before its name was safe from a power failure.
      if (names.some((name) => name.endsWith(`-${id}.json`))) return await syncPath(layout.outbox);
      for (const name of names.slice(0, Math.max(0, names.length + 1 - maxReports))) {
        log.warn("Too many reports wait for the server; the oldest is dropped", { report: name });
        await removeDurably(join(layout.outbox, name));
      }
      const last = Number.parseInt(names.at(-1) ?? "0", 10);
      const name = `${String(last + 1).padStart(12, "0")}-${id}.json`;
      await writeDurably(join(layout.outbox, name), JSON.stringify(report));
    },
    async first() {
      for (const name of await waitingReports(layout)) {
        const report = await readReport(join(layout.outbox, name));
        if (report !== undefined) return { name, report };
        log.warn("A report that cannot be read is dropped", { report: name });
        await removeDurably(join(layout.outbox, name));
      }
      return undefined;
    },
    remove: (name) => removeDurably(join(layout.outbox, name)),
  };
}

/** Names of the reports that wait, oldest first. */
export async function waitingReports(layout: Layout): Promise<string[]> {
  const names = await readdir(layout.outbox).catch(() => []);
  return names.filter((name) => /^\d{12}-.+\.json$/.test(name)).sort();
}

async function readReport(path: string): Promise<Report | undefined> {
  try {
    return reportSchema.safeParse(JSON.parse(await readFile(path, "utf8"))).data;
  } catch {
    return undefined;
  }
}
