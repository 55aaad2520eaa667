import type { Lease } from "../store.ts";
import type { Connection } from "./connection.ts";

// By the database's clock, which all nodes share; clock_timestamp(), because a row's lock may have been waited for.
const take = `
  INSERT INTO sluice_leases AS held (name, holder, fence, expires_at)
  VALUES ($1, $2, 1, clock_timestamp() + $3 * interval '1 millisecond')
  ON CONFLICT (name) DO UPDATE SET
    fence = held.fence + (held.expires_at <= clock_timestamp())::int,
    holder = excluded.holder,
    expires_at = clock_timestamp() + $3 * interval '1 millisecond'
  WHERE held.holder = excluded.holder OR held.expires_at <= clock_timestamp()
  RETURNING fence, floor(extract(epoch FROM expires_at) * 1000) AS expires_at`;
// The row stays: a fence must grow for ever.
const giveBack = "UPDATE sluice_leases SET expires_at = '-infinity' WHERE name = $1 AND holder = $2";

/** Takes or renews a lease; undefined while another holder has it. */
export async function acquireLease(
  connection: Connection,
  name: string,
  holder: string,
  ttlMs: number,
): Promise<Lease | undefined> {
  const [row] = await connection.query<{ fence: string; expires_at: string }>(take, [name, holder, ttlMs]);
  return row && { name, holder, fence: Number(row.fence), expiresAt: Number(row.expires_at) };
}

/** Gives a lease back, if this holder still has it. */
export async function releaseLease(connection: Connection, name: string, holder: string): Promise<void> {
  await connection.query(giveBack, [name, holder]);
}
