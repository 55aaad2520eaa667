import { z } from "zod";
import type { Database } from "./database.ts";
import type { Recorded } from "./plan.ts";
import type { Migration } from "./scripts.ts";

const rowSchema = z.object({
  id: z.string(),
  sha256: z.string(),
  state: z.enum(["applied", "started", "reverted"]),
  transaction: z.string(),
});

/** What was migrated, as the database itself has it; its table is made where it is missing. */
export async function readRecorded(database: Database): Promise<Recorded[]> {
  await database.run(
    `CREATE TABLE IF NOT EXISTS sluice_migrations (
      id TEXT PRIMARY KEY, sha256 TEXT NOT NULL, state TEXT NOT NULL, update_id TEXT NOT NULL, changed_at TEXT NOT NULL
    )`,
  );
  const rows = await database.rows(`SELECT id, sha256, state, update_id AS "transaction" FROM sluice_migrations`);
  return z.array(rowSchema).parse(rows);
}

/** Writes down what became of a migration. */
export async function record(
  database: Database,
  { id, sha256 }: Migration,
  state: Recorded["state"],
  transaction: string,
): Promise<void> {
  await database.rows(
    `INSERT INTO sluice_migrations (id, sha256, state, update_id, changed_at) VALUES ($1, $2, $3, $4, CAST(CURRENT_TIMESTAMP AS TEXT))
     ON CONFLICT (id) DO UPDATE SET sha256 = excluded.sha256, state = excluded.state, update_id = excluded.update_id,
       changed_at = excluded.changed_at`,
    [id, sha256, state, transaction],
  );
}
