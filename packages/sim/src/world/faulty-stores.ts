import type { EventStore } from "@sluice/server/log/store.ts";
import type { ReportStore } from "@sluice/server/telemetry/reports.ts";
import type { Faults } from "./faults.ts";

/**
 * What a dead server's calls come to: nothing, for ever. Whatever it had asked for before its death may still take place; it
 * never hears of it.
 */
async function heardBy<T>(isAlive: () => boolean, answer: Promise<T>): Promise<T> {
  try {
    const value = await answer;
    if (isAlive()) return value;
  } catch (error) {
    if (isAlive()) throw error;
  }
  return new Promise<T>(() => {});
}

/** An event store on a disk that is slow, full or lies about what it did, as the server that lives sees it. */
export function faultyEvents(store: EventStore, faults: Faults, isAlive: () => boolean): EventStore {
  return {
    ...store,
    append: (...call) =>
      heardBy(
        isAlive,
        write(faults, isAlive, () => store.append(...call)),
      ),
    read: (...call) => heardBy(isAlive, store.read(...call)),
    acquire: (...call) =>
      heardBy(
        isAlive,
        write(faults, isAlive, () => store.acquire(...call)),
      ),
    subscribe: (listener) =>
      store.subscribe((app, seq) => {
        if (isAlive()) listener(app, seq);
      }),
  };
}

/** A report store on the same disk. */
export function faultyReports(store: ReportStore, faults: Faults, isAlive: () => boolean): ReportStore {
  return {
    ...store,
    record: (reports) =>
      heardBy(
        isAlive,
        write(faults, isAlive, () => store.record(reports)),
      ),
    admit: (ask) =>
      heardBy(
        isAlive,
        write(faults, isAlive, () => store.admit(ask)),
      ),
    grant: (...call) =>
      heardBy(
        isAlive,
        write(faults, isAlive, () => store.grant(...call)),
      ),
    counts: (app) => heardBy(isAlive, store.counts(app)),
    newcomers: (...call) => heardBy(isAlive, store.newcomers(...call)),
  };
}

/** A write that takes its time: whoever is killed before it is on the disk has not written, and after it does not know. */
export async function write<T>(faults: Faults, isAlive: () => boolean, store: () => Promise<T>): Promise<T> {
  await faults.delay();
  if (!isAlive()) return new Promise<T>(() => {});
  faults.failIf(faults.diskFull);
  const answer = await store();
  faults.maybeLoseAnswer();
  await faults.delay();
  return answer;
}
