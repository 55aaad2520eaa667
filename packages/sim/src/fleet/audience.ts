import type { ReleaseCounts } from "@sluice/core/rollout/evidence/counts.ts";
import { countsByShare } from "@sluice/core/rollout/evidence/share-ledger.ts";
import { Calendar } from "./calendar.ts";
import { ReportDelays } from "./delays.ts";
import { ExposedByShare } from "./exposed-by-share.ts";
import { drawFate, fate } from "./fates.ts";
import { Ledger, type LedgerTimes } from "./ledger.ts";
import { Population } from "./population.ts";
import { Random } from "./random.ts";
import type { Fleet, Scenario } from "./scenario.ts";

/** What is to be counted of the clients, in ms. */
interface Counting {
  readonly deadlineMs: number;
  readonly soakMs: number | null;
  readonly agesMs: readonly number[];
  /** Where clients are let in by a share: how long it takes until everybody has read it. What counts from its publication is so much longer. */
  readonly askMs?: number;
}

/** The clients of one stage while one release comes to them: they poll, install, report, and some of them fail. */
export class Audience {
  readonly ledger: Ledger;
  /** How long after the last install everything that can be reported has been, in ticks. */
  readonly afterwards: number;
  /** Clients whose install failed or that crashed, the baseline included; of the affected group alone where there is one. */
  harmed = 0;
  /** The tick at which 99 % of the clients had it, or null. */
  spreadAt: number | null = null;
  /** The tick at which the clients that the release harms began to be taken back, or null. */
  endedAt: number | null = null;
  readonly #fleet: Fleet;
  readonly #scenario: Scenario;
  readonly #random: Random;
  readonly #delays: ReportDelays;
  readonly #tickMs: number;
  readonly #onset: number;
  readonly #period: number;
  readonly #population: Population;
  readonly #calendar: Calendar;
  readonly #fates: Uint8Array;
  readonly #enough: number;
  /** Those who are under a share by which they are let in, until they poll. */
  #exposed: ExposedByShare | null = null;
  /** Those of them that said that they began: who never says anything does not say that either. */
  #began: { readonly ledger: Ledger; readonly number: Int32Array } | null = null;
  #takenBack = false;
  #crashed = 0;
  #share = 0;
  #installed = 0;
  readonly #halted = new Set<number>();
  readonly #begunTimes: LedgerTimes;
  #sharedAt = 0;

  constructor(fleet: Fleet, scenario: Scenario, counting: Counting, tickMs: number, seed: number) {
    const ticks = (ms: number) => Math.ceil(ms / tickMs);
    this.#fleet = fleet;
    this.#scenario = scenario;
    this.#random = new Random(seed);
    this.#tickMs = tickMs;
    this.#delays = new ReportDelays(fleet.reportMs);
    this.#onset = ticks(scenario.onsetMs);
    this.#period = ticks(fleet.pollMs);
    this.#population = new Population(fleet, this.#period, this.#random);
    const times = (askMs: number) => ({
      dueTicks: ticks(counting.deadlineMs + askMs),
      soakTicks: counting.soakMs === null ? null : ticks(counting.soakMs + askMs),
      ageTicks: counting.agesMs.map(ticks),
    });
    this.ledger = new Ledger(fleet.clients, fleet.attributeValues, times(counting.askMs ?? 0));
    this.#begunTimes = times(0);
    this.#calendar = new Calendar(2 * fleet.clients, ticks(this.#delays.longestMs) + 1);
    this.#fates = new Uint8Array(fleet.clients);
    this.#enough = Math.ceil(0.99 * fleet.clients);
    this.afterwards = this.#onset + ticks(this.#delays.longestMs) + ticks(counting.deadlineMs) + 1;
  }

  /** What is known of the clients. */
  get counts(): ReleaseCounts {
    return this.#began === null ? this.ledger.counts : countsByShare(this.ledger.counts, this.#began.ledger.counts);
  }

  /** Who is known by what it said: all who were let in as they asked, or those under a share who began. */
  get known(): Ledger {
    return this.#began?.ledger ?? this.ledger;
  }

  /** Rises with everything that can change a decision. */
  get revision(): number {
    return this.ledger.revision + (this.#began?.ledger.revision ?? 0);
  }

  /** How many clients do not have the release yet and may still get it. */
  get remaining(): number {
    return this.#population.remaining + (this.#exposed?.waiting ?? 0);
  }

  /** The tick at which a client last asked for the release, let in or refused, or null. */
  get lastAskedAt(): number | null {
    const { offered } = this.ledger;
    const offeredAt = offered === 0 ? -1 : this.ledger.installTick(offered - 1);
    const last = Math.max(offeredAt, this.#population.refusedAt ?? -1);
    return last < 0 ? null : last;
  }

  /** Lets the reports and crashes of a tick come. Every tick is to be passed, in order. */
  pass(tick: number): void {
    this.#calendar.take(tick, this.#arrive);
    this.#exposed?.pass(tick);
    this.ledger.advance(tick);
    this.#began?.ledger.advance(tick);
    if (this.#onset > 0 && this.#exposed === null) this.#crashUntil(tick);
  }

  /** Lets in so many more clients by a share of which they read: from now on each counts, and it installs when it polls. */
  letInByShare(count: number, tick: number): void {
    this.#began ??= {
      ledger: new Ledger(this.#fleet.clients, this.#fleet.attributeValues, this.#begunTimes),
      number: new Int32Array(this.#fleet.clients),
    };
    this.#exposed ??= new ExposedByShare(this.#fleet.clients, this.#period, this.#onset, {
      install: (client, at) => {
        if (!this.#takenBack && !this.#halted.has(this.ledger.groupOf(client))) this.#begin(client, at);
      },
      crash: (client, at) => this.#crash(client, at),
    });
    for (let i = 0; i < count; i++) {
      const group = this.#population.takeNext();
      if (group === undefined) return;
      this.#exposed.add(this.ledger.offer(tick, group), tick + 1 + this.#random.below(this.#period));
    }
  }

  /** The share of the clients, by their buckets, that gets the release from this tick on. */
  expose(share: number, tick: number): void {
    if (share === this.#share) return;
    this.#share = share;
    this.#sharedAt = tick;
  }

  /** Nobody gets the release any more, and those who have it go back. */
  takeBack(tick: number): void {
    this.#takenBack = true;
    this.endedAt ??= tick;
  }

  /** The clients of the group do not get the release any more. */
  halt(group: number): void {
    this.#halted.add(group);
    this.ledger.halt(group);
    this.#began?.ledger.halt(group);
    this.#population.halt(group);
  }

  /** Lets those install that poll now and are exposed. */
  pollByShare(tick: number): void {
    // Who is exposed and has polled once since the share rose has the release.
    if (this.#share > 0 && tick < this.#sharedAt + this.#period) {
      this.#population.pollByShare(tick, this.#share, this.#install);
    }
  }

  /** Lets as many of those that poll now install as there is room for; returns how many did. `roomByGroup` is used up. */
  pollByRoom(tick: number, room: number, roomByGroup: Float64Array): number {
    return this.#population.pollByRoom(tick, room, roomByGroup, this.#install);
  }

  /** Whoever is still to crash, does. */
  finish(): void {
    if (this.#exposed !== null) this.#exposed.finish();
    else if (this.#onset > 0) this.#crashUntil(Number.POSITIVE_INFINITY);
  }

  #arrive = (id: number): void => {
    const { clients } = this.#fleet;
    const client = id < clients ? id : id - clients;
    const number = this.#began?.number[client];
    if (id < clients) {
      const failed = ((this.#fates[id] ?? 0) & fate.fails) !== 0;
      this.ledger.report(client, failed);
      if (number !== undefined) this.#began?.ledger.report(number, failed);
    } else {
      this.ledger.crash(client, this.#onset);
      if (number !== undefined) this.#began?.ledger.crash(number, this.#onset);
    }
  };

  #install = (tick: number, group: number): void => {
    this.#begin(this.ledger.offer(tick, group), tick);
  };

  #begin(client: number, tick: number): void {
    const group = this.ledger.groupOf(client);
    const bits = drawFate(this.#random, this.#fleet, this.#scenario, group);
    this.#fates[client] = bits;
    if (bits & fate.fails && this.#counts(group)) this.harmed++;
    if (!(bits & fate.silent)) {
      this.#reportAfter(client, tick);
      if (this.#began !== null) this.#began.number[client] = this.#began.ledger.offer(tick, group);
    }
    if (++this.#installed === this.#enough) this.spreadAt = tick;
    if (this.#exposed !== null && bits & fate.crashes) this.#exposed.crashes(client, tick);
  }

  /** A client that installed when it polled crashes, unless it was taken back before. */
  #crash(client: number, tick: number): void {
    if (this.#isSaved(tick - this.#onset)) return;
    if (this.#counts(this.ledger.groupOf(client))) this.harmed++;
    const silent = ((this.#fates[client] ?? 0) & fate.silent) !== 0;
    if (this.endedAt === null && !silent) this.#reportAfter(this.#fleet.clients + client, tick);
  }

  #crashUntil(tick: number): void {
    const { ledger } = this;
    while (this.#crashed < ledger.offered && ledger.installTick(this.#crashed) + this.#onset <= tick) {
      const client = this.#crashed++;
      const bits = this.#fates[client] ?? 0;
      if (!(bits & fate.crashes) || this.#isSaved(ledger.installTick(client))) continue;
      if (this.#counts(ledger.groupOf(client))) this.harmed++;
      if (this.endedAt === null && !(bits & fate.silent)) this.#reportAfter(this.#fleet.clients + client, tick);
    }
  }

  #reportAfter(id: number, tick: number): void {
    this.#calendar.add(id, tick + Math.max(1, Math.round(this.#delays.draw(this.#random) / this.#tickMs)));
  }

  #counts(group: number): boolean {
    return this.#scenario.attributeShare >= 1 || group === 0;
  }

  /** After a stop each client goes back at its next poll: those that poll before their crash are saved. */
  #isSaved(installed: number): boolean {
    if (this.endedAt === null) return false;
    const polls = Math.floor((this.endedAt - installed) / this.#period) + 1;
    return polls * this.#period < this.#onset;
  }
}

/** How finely time passes, in ms: one second; less for fleets that poll or report very often, more for those that seldom poll. */
export function tickOf({ pollMs, reportMs }: Fleet): number {
  return Math.max(1, Math.min(Math.max(1000, pollMs / 43_200), pollMs / 360, reportMs / 60));
}
