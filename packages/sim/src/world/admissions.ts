import type { UpdateCheck } from "@sluice/server/http/check/check.ts";
import type { MemoryDatabase } from "@sluice/server/log/memory/database.ts";
import { controllerLease } from "@sluice/server/log/store.ts";
import type { Ask } from "@sluice/server/telemetry/attempts.ts";
import type { ReportStore } from "@sluice/server/telemetry/reports.ts";

/** A client that was let in to a rollout that pays with evidence, and that was not before. */
export interface Admission {
  readonly promotion: string;
  readonly client: string;
  /** Up to which event the server that lets it in knew the log, and the log's time, when it was asked. */
  readonly askedAt: number;
  readonly askedTime: number;
  /** The update check that it asked; each life of a server has its own. */
  readonly check: UpdateCheck | undefined;
  /** How long the log was then. */
  readonly seq: number;
  /** Whoever granted it led then. True where no lease is asked for. */
  readonly led: boolean;
  /** The rations that were granted lately, the newest last, are looked up by this moment: ms since the epoch, by the right clock. */
  readonly at: number;
  /** How long ago everybody was let in who had not answered by then, itself included; ms, by whichever clock says more. */
  readonly waiting: readonly number[];
}

/** What a server that asks the store to let a client in knew of the log when it did, and which it was. */
interface Asking {
  readonly askedAt: number;
  readonly check: UpdateCheck;
}

const askings = new WeakMap<Ask, Asking>();

/** The store as a server asks it, with a note of what that server knew. */
export function notingAsks(store: ReportStore, asking: () => Asking): ReportStore {
  return {
    ...store,
    admit(ask) {
      askings.set(ask, asking());
      return store.admit(ask);
    },
  };
}

/** The store, with a note of each client that is newly let in. */
export function notingAdmissions(
  store: ReportStore,
  database: MemoryDatabase,
  clocks: {
    readonly noted: Admission[];
    readonly now: () => number;
    readonly serversNow: () => number;
  },
): ReportStore {
  const { noted, now } = clocks;
  return {
    ...store,
    admit(ask) {
      const of = () => database.attempts.get(JSON.stringify([ask.app, ask.promotion]))?.attempt;
      const before = of()?.offered ?? 0;
      const holder = of()?.grant?.holder;
      const lease = database.leases.get(controllerLease);
      const leads = lease?.holder === holder && lease !== undefined && lease.expiresAt > database.clock.now();
      // In memory it is decided and written before anybody else can come between.
      const answer = store.admit(ask);
      if ((of()?.offered ?? 0) > before)
        noted.push({
          promotion: ask.promotion,
          client: ask.clientId,
          askedAt: askings.get(ask)?.askedAt ?? 0,
          check: askings.get(ask)?.check,
          askedTime: ask.at,
          seq: database.logs.get(ask.app)?.length ?? 0,
          led: holder === undefined || leads,
          at: now(),
          waiting: waitingFor(database, ask, clocks),
        });
      return answer;
    },
  };
}

function waitingFor(
  database: MemoryDatabase,
  ask: Ask,
  { noted, now, serversNow }: Parameters<typeof notingAdmissions>[2],
): number[] {
  const { offers = [] } = database.attempts.get(JSON.stringify([ask.app, ask.promotion])) ?? {};
  const letInAt = new Map<string, number>();
  for (const { promotion, client, at } of noted) if (promotion === ask.promotion) letInAt.set(client, at);
  // Who grants looks at the servers' clock, and a store that is slow lets in long after it was asked.
  const latest = Math.max(ask.at, serversNow());
  return offers
    .filter(({ answered, givenBack }) => !answered && !givenBack)
    .map(({ offeredAt, clientId }) => Math.max(latest - offeredAt, now() - (letInAt.get(clientId) ?? now())));
}
