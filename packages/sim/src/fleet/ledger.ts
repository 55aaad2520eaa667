import type { AgeCounts, GroupCounts, ReleaseCounts } from "@sluice/core/rollout/evidence/counts.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** When clients become due, soaked and old enough, in ticks after the install. */
export interface LedgerTimes {
  readonly dueTicks: number;
  /** Null without a soak. */
  readonly soakTicks: number | null;
  readonly ageTicks: readonly number[];
}

const seen = {
  reported: 1,
  failed: 2,
  crashed: 4,
  left: 8,
  settled: 16,
  settledInGroup: 32,
  passedInGroup: 64,
} as const;
const soakFree = 0x7fffffff;

/**
 * The counts that a control plane would have: it knows offers and reports, not fates. Clients are numbered in the order of their
 * offers, so that "older than" is a place in that order and passing time moves a pointer.
 */
export class Ledger {
  readonly counts: Mutable<Omit<ReleaseCounts, "ages">> & { readonly ages: Mutable<AgeCounts>[] };
  readonly groups: Mutable<GroupCounts>[];
  offered = 0;
  /** Installs that failed and crashes, as far as reported. */
  failures = 0;
  /** Rises with everything that can change a decision. */
  revision = 0;

  readonly #installTick: Int32Array;
  readonly #group: Uint8Array;
  readonly #seen: Uint8Array;
  readonly #nextInGroup: Int32Array;
  readonly #lastInGroup: Int32Array;
  readonly #settledInGroup: Int32Array;
  readonly #times: LedgerTimes;
  readonly #halted = new Set<number>();
  #due = 0;
  #settled = 0;
  #soaked = 0;
  readonly #aged: number[];

  constructor(clients: number, groups: number, times: LedgerTimes) {
    this.#times = times;
    this.#installTick = new Int32Array(clients);
    this.#group = new Uint8Array(clients);
    this.#seen = new Uint8Array(clients);
    this.#nextInGroup = new Int32Array(clients).fill(-1);
    this.#lastInGroup = new Int32Array(groups).fill(-1);
    this.#settledInGroup = new Int32Array(groups).fill(-1);
    this.#aged = times.ageTicks.map(() => 0);
    const none = { installed: 0, failed: 0, inFlight: 0, settled: 0, settledFailed: 0 };
    this.counts = {
      ...none,
      due: 0,
      missing: 0,
      unsoaked: 0,
      soaked: 0,
      soakedFailed: 0,
      ages: times.ageTicks.map(() => ({ clients: 0, crashes: 0 })),
    };
    this.groups = Array.from({ length: groups }, (_, group) => ({ name: `attribute=${group}`, ...none }));
  }

  /** Records an offer; returns the client's number. */
  offer(tick: number, group: number): number {
    const client = this.offered++;
    this.revision++;
    this.#installTick[client] = tick;
    this.#group[client] = group;
    const previous = this.#lastInGroup[group] ?? -1;
    if (previous >= 0) this.#nextInGroup[previous] = client;
    if ((this.#settledInGroup[group] ?? -1) < 0) this.#settledInGroup[group] = client;
    this.#lastInGroup[group] = client;
    const own = this.#groupOf(client);
    own.installed++;
    own.inFlight++;
    this.counts.installed++;
    this.counts.inFlight++;
    this.counts.unsoaked++;
    return client;
  }

  installTick(client: number): number {
    return this.#installTick[client] ?? 0;
  }

  groupOf(client: number): number {
    return this.#group[client] ?? 0;
  }

  /** The client's report on its update: failed or healthy. */
  report(client: number, failed: boolean): void {
    if (this.#is(client, seen.reported)) return;
    this.#mark(client, seen.reported | (failed ? seen.failed : 0));
    const own = this.#groupOf(client);
    // A late report: the client was passed over as missing.
    if (client < this.#settled) this.#settle(client, this.counts, seen.settled);
    if (this.#is(client, seen.passedInGroup)) this.#settle(client, own, seen.settledInGroup);
    this.#settleGroup(this.groupOf(client));
    if (this.#is(client, seen.left)) return;
    this.revision++;
    if (client < this.#soaked) this.counts.soaked++;
    if (client >= this.#due) {
      own.inFlight--;
      this.counts.inFlight--;
    } else this.counts.missing--;
    if (failed) {
      own.failed++;
      this.counts.failed++;
      this.#fail(client);
    }
  }

  /** The client's report that it crashed, at the age of `ageTicks`. Before the first crash age that is a failed update. */
  crash(client: number, ageTicks: number): void {
    if (ageTicks < (this.#times.ageTicks[0] ?? 0)) {
      this.#failAfterAll(client);
      return;
    }
    this.#mark(client, seen.crashed);
    if (this.#is(client, seen.left)) return;
    this.revision++;
    for (let index = 0; index < this.#aged.length; index++) {
      const age = this.counts.ages[index];
      if (age && ageTicks >= (this.#times.ageTicks[index] ?? 0)) age.crashes++;
    }
    this.#fail(client);
  }

  /** Lets time pass to `tick`. */
  advance(tick: number): void {
    const due = tick - this.#times.dueTicks;
    while (this.#due < this.offered && this.installTick(this.#due) <= due) this.#becomeDue(this.#due++);
    while (this.#settled < this.offered && this.#isKnown(this.#settled)) {
      this.#settle(this.#settled++, this.counts, seen.settled);
    }
    for (let index = 0; index < this.#aged.length; index++) this.#age(index, tick);
    const soaked = tick - (this.#times.soakTicks ?? soakFree);
    while (this.#soaked < this.offered && this.installTick(this.#soaked) <= soaked) this.#soak(this.#soaked++);
  }

  /** Takes the clients of a halted group out of all counts. */
  halt(group: number): void {
    this.#halted.add(group);
    for (let client = 0; client < this.offered; client++) {
      if (this.groupOf(client) === group) this.#leave(client);
    }
    this.revision++;
  }

  #groupOf(client: number): Mutable<GroupCounts> {
    const group = this.groups[this.groupOf(client)];
    if (!group) throw new RangeError(`client ${client} has no group`);
    return group;
  }

  #is(client: number, bits: number): boolean {
    return ((this.#seen[client] ?? 0) & bits) !== 0;
  }

  #mark(client: number, bits: number): void {
    this.#seen[client] = (this.#seen[client] ?? 0) | bits;
  }

  #isKnown(client: number): boolean {
    return client < this.#due || this.#is(client, seen.reported);
  }

  /** Counts a settled client once, when it has reported. */
  #settle(client: number, counts: { settled: number; settledFailed: number }, once: number): void {
    if (!this.#is(client, seen.reported) || this.#is(client, seen.left | once)) return;
    this.#mark(client, once);
    this.revision++;
    counts.settled++;
    if (this.#is(client, seen.failed)) counts.settledFailed++;
  }

  #settleGroup(group: number): void {
    let client = this.#settledInGroup[group] ?? -1;
    const counts = this.groups[group];
    // The last client of a group keeps its place until another follows, so that the next one is found.
    while (client >= 0 && counts && this.#isKnown(client)) {
      this.#settle(client, counts, seen.settledInGroup);
      this.#mark(client, seen.passedInGroup);
      const next = this.#nextInGroup[client] ?? -1;
      if (next < 0) break;
      client = next;
    }
    this.#settledInGroup[group] = client;
  }

  #becomeDue(client: number): void {
    this.#settleGroup(this.groupOf(client));
    if (this.#is(client, seen.left)) return;
    this.revision++;
    this.counts.due++;
    if (this.#is(client, seen.reported)) return;
    this.counts.missing++;
    this.counts.inFlight--;
    this.#groupOf(client).inFlight--;
  }

  #age(index: number, tick: number): void {
    const counts = this.counts.ages[index];
    const reached = tick - (this.#times.ageTicks[index] ?? 0);
    let client = this.#aged[index] ?? 0;
    while (counts && client < this.offered && this.installTick(client) <= reached) {
      if (!this.#is(client, seen.failed | seen.left)) counts.clients++;
      client++;
    }
    this.#aged[index] = client;
  }

  #soak(client: number): void {
    if (this.#is(client, seen.left)) return;
    this.revision++;
    const failed = this.#is(client, seen.failed | seen.crashed);
    if (!failed) this.counts.unsoaked--;
    if (!this.#is(client, seen.reported)) return;
    this.counts.soaked++;
    if (failed) this.counts.soakedFailed++;
  }

  #fail(client: number): void {
    this.failures++;
    if (client >= this.#soaked) this.counts.unsoaked--;
    else this.counts.soakedFailed++;
  }

  #failAfterAll(client: number): void {
    if (!this.#is(client, seen.reported)) {
      this.report(client, true);
      return;
    }
    if (this.#is(client, seen.failed)) return;
    this.#mark(client, seen.failed);
    if (this.#is(client, seen.left)) return;
    this.revision++;
    const own = this.#groupOf(client);
    own.failed++;
    this.counts.failed++;
    if (this.#is(client, seen.settled)) this.counts.settledFailed++;
    if (this.#is(client, seen.settledInGroup)) own.settledFailed++;
    this.#fail(client);
  }

  #leave(client: number): void {
    if (this.#is(client, seen.left)) return;
    const { counts } = this;
    const reported = this.#is(client, seen.reported);
    const failed = this.#is(client, seen.failed);
    const crashed = this.#is(client, seen.crashed);
    this.#mark(client, seen.left);
    counts.installed--;
    if (failed) counts.failed--;
    if (client < this.#due) {
      counts.due--;
      if (!reported) counts.missing--;
    } else if (!reported) counts.inFlight--;
    if (this.#is(client, seen.settled)) {
      counts.settled--;
      if (failed) counts.settledFailed--;
    }
    if (client < this.#soaked) {
      if (reported) counts.soaked--;
      if (failed || crashed) counts.soakedFailed--;
    } else if (!failed && !crashed) counts.unsoaked--;
    for (let index = 0; index < this.#aged.length; index++) {
      const age = counts.ages[index];
      if (age && client < (this.#aged[index] ?? 0) && !failed) age.clients--;
    }
  }
}
