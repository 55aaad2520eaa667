import { emptyHead, type Head } from "@sluice/core/log/chain.ts";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import { assertFollows, wrongChain } from "../assert-follows.ts";
import type { AppendResult } from "../store.ts";
import type { Connection } from "./connection.ts";
import { isLostAnswer, sqlState, uniqueViolation } from "./failure.ts";

/**
 * One statement, so one round trip and one transaction. It inserts only where the log ends as expected; of two that see the
 * same end, the primary key lets one through. The notification goes out with the commit.
 */
const insert = `
  WITH head AS (SELECT seq, hash FROM sluice_events WHERE app = $1 ORDER BY seq DESC LIMIT 1),
  stored AS (
    INSERT INTO sluice_events (app, seq, hash, body)
    SELECT $1, row.seq, row.hash, row.body
    FROM unnest($2::bigint[], $3::text[], $4::text[]) AS row (seq, hash, body)
    WHERE coalesce((SELECT seq FROM head), 0) = $5 AND coalesce((SELECT hash FROM head), $6) = $7
    RETURNING seq
  )
  SELECT pg_notify($8, json_build_object('app', $1::text, 'seq', max(seq))::text) FROM stored HAVING count(*) > 0`;

const selectHead = "SELECT seq, hash FROM sluice_events WHERE app = $1 ORDER BY seq DESC LIMIT 1";
const selectHash = "SELECT hash FROM sluice_events WHERE app = $1 AND seq = $2";

/**
 * Appends as the port says. When the connection breaks before the answer comes, the same is asked again, which tells what
 * became of it; only when that breaks too may a STORE_UNAVAILABLE leave events behind that were stored.
 * @param channel on which the nodes tell each other of appends.
 */
export async function append(
  connection: Connection,
  channel: string,
  app: string,
  expectedSeq: number,
  events: readonly SealedEvent[],
): Promise<AppendResult> {
  const prev = assertFollows(app, expectedSeq, events);
  const values = [
    app,
    events.map((event) => event.seq),
    events.map((event) => event.hash),
    events.map((event) => JSON.stringify(event)),
    expectedSeq,
    emptyHead.hash,
    prev,
    channel,
  ];
  const attempt = async (): Promise<boolean> => {
    try {
      return (await connection.query(insert, values)).length > 0;
    } catch (error) {
      if (sqlState(error) === uniqueViolation) return false;
      throw error;
    }
  };

  let repeated = false;
  const stored = await attempt().catch((error: unknown) => {
    if (!isLostAnswer(error)) throw error;
    repeated = true;
    return attempt();
  });
  if (stored) return { ok: true };
  if (repeated) {
    const last = events.at(-1);
    const [found] = await connection.query<{ hash: string }>(selectHash, [app, last?.seq]);
    if (found?.hash === last?.hash) return { ok: true };
  }
  const [found] = await connection.query<{ seq: string; hash: string }>(selectHead, [app]);
  const head: Head = found ? { seq: Number(found.seq), hash: found.hash } : emptyHead;
  if (head.seq === expectedSeq && head.hash !== prev) throw wrongChain(app, expectedSeq);
  return { ok: false, head };
}
