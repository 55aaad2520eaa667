import { hash } from "node:crypto";
import { placeOf } from "@sluice/core/rollout/bucket.ts";
import { orderOf, type ShareOrder } from "@sluice/core/rollout/evidence/share.ts";
import type { ReportStore } from "./reports.ts";

/** Ids read at once: so many are hashed in about ten milliseconds. */
const pageSize = 5_000;

/** Whose clients a rollout is for. */
export interface Audience {
  readonly app: string;
  readonly channel: string;
  /** The rollout's own order: see `placeOf`. */
  readonly salt: string;
  /** Known are those that reported from one moment on and before another, ms since the epoch. */
  readonly since: number;
  readonly before: number;
  /** How many clients there are at least. */
  readonly least: number;
}

/** Where a client stands in the order of a rollout; as the core has it, in a quarter of the time. */
export function nativePlaceOf(salt: string, clientId: string): number {
  return placeOf(salt, clientId, (text) => hash("sha256", text, "hex"));
}

/** The order in which a share takes in the clients of a channel that have reported lately. May fail with an OperationalError. */
export async function shareOrderOf(store: ReportStore, audience: Audience): Promise<ShareOrder> {
  const { app, channel, salt, since, before, least } = audience;
  const places: number[] = [];
  for (let after = ""; ; ) {
    const ids = await store.known(app, channel, { since, before, after, limit: pageSize });
    for (const id of ids) places.push(nativePlaceOf(salt, id));
    const last = ids.at(-1);
    if (last === undefined || ids.length < pageSize) return orderOf(Float64Array.from(places), least);
    after = last;
  }
}
