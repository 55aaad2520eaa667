import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { emptyHead, seal } from "@sluice/core/log/chain.ts";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import { openSqlite } from "@sluice/server/log/sqlite/open.ts";

const applications = 64;
const payloadBytes = 200;
const roundMsMax = 3_000;

/** Sealed events with 200 bytes of data, one list for each application; sealing is not part of what is measured. */
function makeLogs(apps: number, events: number): SealedEvent[][] {
  const data = { text: "x".repeat(payloadBytes - JSON.stringify({ text: "" }).length) };
  const facts = Array.from({ length: events }, () => ({ type: "BenchmarkRun", data }));
  return Array.from({ length: apps }, (_, app) =>
    seal(`app-${app}`, emptyHead, facts, { at: 1_700_000_000_000, actor: "bench" }),
  );
}

/** @returns how many a second were done. */
type Contestant = (path: string, logs: readonly SealedEvent[][]) => Promise<number>;

/** Every application appends its events one by one, all of them at once, each waiting until its own is on disk. */
const sluice: Contestant = async (path, logs) => {
  const { events: store, close } = await openSqlite(path);
  const start = performance.now();
  let done = 0;
  await Promise.all(
    logs.map(async (log) => {
      for (const event of log) {
        if (performance.now() - start > roundMsMax) return;
        const { ok } = await store.append(event.app, event.seq - 1, [event]);
        if (!ok) throw new Error(`the append of event ${event.seq} of ${event.app} was refused`);
        done += 1;
      }
    }),
  );
  const perSecond = done / ((performance.now() - start) / 1_000);
  await close();
  return perSecond;
};

/** The same rows into the same table, one a commit, as fast as node:sqlite does it: write-ahead log, synchronous=FULL. */
const bareSqlite: Contestant = async (path, logs) => {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  db.exec(`CREATE TABLE events (app TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (app, seq)) STRICT, WITHOUT ROWID`);
  const insert = db.prepare("INSERT INTO events VALUES (?, ?, ?, ?)");
  const rounds = Array.from({ length: logs[0]?.length ?? 0 }, (_, i) => logs.flatMap((log) => log[i] ?? []));
  const rows = rounds.flat().map((event) => ({ event, body: JSON.stringify(event) }));
  const start = performance.now();
  let done = 0;
  for (const { event, body } of rows) {
    if (performance.now() - start > roundMsMax) break;
    insert.run(event.app, event.seq, event.hash, body);
    done += 1;
  }
  const perSecond = done / ((performance.now() - start) / 1_000);
  db.close();
  return perSecond;
};

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** Runs both by turns, each time on a fresh database, so that a disturbance of the machine meets both. */
async function compare(folder: string, logs: readonly SealedEvent[][], rounds: number) {
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const turns = [
      async () => ours.push(await sluice(join(folder, `sluice-${logs.length}-${round}.db`), logs)),
      async () => bare.push(await bareSqlite(join(folder, `bare-${logs.length}-${round}.db`), logs)),
    ];
    for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
  }
  return {
    applications: logs.length,
    sluicePerSecond: Math.round(median(ours)),
    sqliteInsertPerSecond: Math.round(median(bare)),
    ratio: Math.round(median(ours.map((value, i) => value / (bare[i] ?? Number.NaN))) * 100) / 100,
  };
}

/**
 * Durable appends beside a bare insert loop. `--rounds N` (default 5); `--folder DIR` for the disk to be measured, by
 * default the one of the system's temporary files.
 */
export const bench = {
  name: "append",
  about: "Durable appends a second to the SQLite log, beside a bare node:sqlite loop of one insert a commit",
  async run(args: string[]): Promise<{ rows: Record<string, unknown>[]; figures: Record<string, number> }> {
    const { values } = parseArgs({
      args,
      options: { rounds: { type: "string", default: "5" }, folder: { type: "string", default: tmpdir() } },
    });
    const rounds = Number(values.rounds);
    if (!Number.isInteger(rounds) || rounds < 1 || rounds > 1_000)
      throw new RangeError("--rounds must be a whole number from 1 to 1000");
    const folder = await mkdtemp(join(values.folder, "sluice-bench-append-"));
    try {
      const many = await compare(folder, makeLogs(applications, 150), rounds);
      const one = await compare(folder, makeLogs(1, 3_000), rounds);
      return {
        rows: [many, one],
        figures: { ratioToSqliteInsert: many.ratio, ratioToSqliteInsertOneApplication: one.ratio },
      };
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};
