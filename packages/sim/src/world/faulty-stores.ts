import { accessStream } from "@sluice/core/access/tokens.ts";
import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import type { Clock } from "@sluice/server/clock/clock.ts";
import type { EventStore } from "@sluice/server/log/store.ts";
import type { ReportStore } from "@sluice/server/telemetry/reports.ts";
import type { Random } from "../fleet/random.ts";
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

interface Reading {
  readonly faults: Faults;
  readonly isAlive: () => boolean;
  /** Whether it may fail yet: a server that cannot read its log when it starts is started again by whoever started it. */
  readonly isStarted: () => boolean;
  readonly random: Random;
  readonly clock: Clock;
}

/** An event store on a disk that is slow, full or lies about what it did, as the server that lives sees it. */
export function faultyEvents(store: EventStore, reading: Reading): EventStore {
  const { faults, isAlive } = reading;
  return {
    ...store,
    append: (...call) =>
      heardBy(
        isAlive,
        write(faults, isAlive, () => store.append(...call)),
      ),
    read: (app, ...call) =>
      heardBy(
        isAlive,
        read(reading, app, () => store.read(app, ...call)),
      ),
    acquire: (...call) =>
      heardBy(
        isAlive,
        write(faults, isAlive, () => store.acquire(...call)),
      ),
    subscribe: (listener) =>
      store.subscribe((app, seq) => {
        // Told at once, or a moment later, and perhaps after what was appended later.
        void passingTime(reading, app).then(() => {
          if (isAlive()) listener(app, seq);
        });
      }),
  };
}

/** A read that takes its time, before what it reads and after it, and may fail. */
async function read<T>(reading: Reading, app: string, store: () => Promise<T>): Promise<T> {
  const { faults, random } = reading;
  await passingTime(reading, app);
  if (mayDisturb(reading, app) && random.chance(faults.weather.readsFail)) {
    faults.strike("the log could not be read");
    throw new OperationalError("STORE_UNAVAILABLE", "the connection was cut", { retryable: true });
  }
  const answer = await store();
  await passingTime(reading, app);
  return answer;
}

/** Who has a token every server knows at once: who may do what could not be judged otherwise. */
function mayDisturb({ isStarted }: Reading, app: string): boolean {
  return isStarted() && app !== accessStream;
}

async function passingTime(reading: Reading, app: string): Promise<void> {
  const { faults, random, clock } = reading;
  const { slowReadsMs } = faults.weather;
  const ms = slowReadsMs === 0 || !mayDisturb(reading, app) ? 0 : random.below(slowReadsMs + 1);
  if (ms > 0) await new Promise<void>((resolve) => void clock.wakeAt(clock.now() + ms, resolve));
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
