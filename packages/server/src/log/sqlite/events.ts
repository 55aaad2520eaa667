import type { DatabaseSync } from "node:sqlite";
import { emptyHead, type Head } from "@sluice/core/log/chain.ts";
import { wrongChain } from "../assert-follows.ts";
import type { AppendResult } from "../store.ts";

/** An event as it is stored: its JSON, and beside it what the store itself looks at. */
interface EventRow {
  readonly hash: string;
  readonly body: string;
}

/** The statements on the log's table. They run on the writer's thread, the writing ones inside its transaction. */
export function prepareEvents(db: DatabaseSync) {
  const selectHead = db.prepare("SELECT seq, hash FROM events WHERE app = ? ORDER BY seq DESC LIMIT 1");
  const insert = db.prepare("INSERT INTO events (app, seq, hash, body) VALUES (?, ?, ?, ?)");
  const selectPage = db.prepare("SELECT body FROM events WHERE app = ? AND seq > ? ORDER BY seq LIMIT ?");
  // Steps from name to name along the primary key: its cost grows with the applications, not with their history.
  const selectHeads = db.prepare(`
    WITH RECURSIVE apps(app) AS (
      SELECT min(app) FROM events
      UNION ALL
      SELECT (SELECT min(app) FROM events WHERE app > apps.app) FROM apps WHERE apps.app IS NOT NULL
    )
    SELECT e.app, e.seq, e.hash FROM apps
    JOIN events e ON e.app = apps.app AND e.seq = (SELECT max(seq) FROM events WHERE app = apps.app)
    ORDER BY e.app`);

  return {
    append(app: string, expectedSeq: number, prev: string, rows: readonly EventRow[]): AppendResult {
      const found = selectHead.get(app);
      const head: Head = found ? { seq: Number(found.seq), hash: String(found.hash) } : emptyHead;
      if (head.seq !== expectedSeq) return { ok: false, head };
      if (head.hash !== prev) throw wrongChain(app, expectedSeq);
      rows.forEach((row, index) => {
        insert.run(app, expectedSeq + 1 + index, row.hash, row.body);
      });
      return { ok: true };
    },
    read(app: string, afterSeq: number, limit: number): string[] {
      return selectPage.all(app, afterSeq, limit).map((row) => String(row.body));
    },
    heads(): (Head & { app: string })[] {
      return selectHeads.all().map((row) => ({ app: String(row.app), seq: Number(row.seq), hash: String(row.hash) }));
    },
  };
}
