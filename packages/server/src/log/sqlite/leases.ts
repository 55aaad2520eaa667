import type { DatabaseSync } from "node:sqlite";
import type { Lease } from "../store.ts";

/** The statements on the table of leases. They run on the writer's thread, inside its transaction. */
export function prepareLeases(db: DatabaseSync) {
  const take = db.prepare(`
    INSERT INTO leases AS held (name, holder, fence, expires_at) VALUES ($name, $holder, 1, $now + $ttl)
    ON CONFLICT (name) DO UPDATE SET
      fence = held.fence + (held.expires_at <= $now),
      holder = excluded.holder,
      expires_at = excluded.expires_at
    WHERE held.holder = excluded.holder OR held.expires_at <= $now
    RETURNING fence, expires_at`);
  // The row stays: a fence must grow for ever.
  const giveBack = db.prepare("UPDATE leases SET expires_at = 0 WHERE name = ? AND holder = ?");

  return {
    acquire(name: string, holder: string, ttlMs: number, now: number): Lease | undefined {
      const row = take.get({ $name: name, $holder: holder, $now: now, $ttl: ttlMs });
      return row && { name, holder, fence: Number(row.fence), expiresAt: Number(row.expires_at) };
    },
    release(name: string, holder: string): void {
      giveBack.run(name, holder);
    },
  };
}
