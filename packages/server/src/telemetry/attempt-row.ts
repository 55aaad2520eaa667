import type { Attempt, StoredOffer } from "./attempts.ts";

type Row = Readonly<Record<string, unknown>>;

/** What a row of the table `attempts` keeps beside its key, as JSON. */
export function bodyOf({ app: _, promotion: __, ...body }: Attempt): string {
  return JSON.stringify(body);
}

/** Reads a row of the table `attempts`. */
export function attemptOf(row: Row): Attempt {
  return { app: String(row.app), promotion: String(row.promotion), ...JSON.parse(String(row.body)) };
}

/** Reads a row of the table `offers`. */
export function offerOf(row: Row): StoredOffer {
  return {
    no: Number(row.no),
    clientId: String(row.client_id),
    offeredAt: Number(row.offered_at),
    groups: JSON.parse(String(row.groups)),
    givenBack: Boolean(row.given_back),
    answered: Boolean(row.answered),
    failed: Boolean(row.failed),
    ...(row.crashed_at === null ? {} : { crashedAt: Number(row.crashed_at) }),
    said: Number(row.said),
    revision: Number(row.revision),
  };
}
