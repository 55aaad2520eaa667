import { Calendar } from "./calendar.ts";
import { ReportDelays } from "./delays.ts";
import { drawFate, fate } from "./fates.ts";
import { Ledger } from "./ledger.ts";
import { Population } from "./population.ts";
import { Random } from "./random.ts";
import type { Fleet, Scenario } from "./scenario.ts";

/** What is to be counted of the clients, in ms. */
interface Counting {
  readonly deadlineMs: number;
  readonly soakMs: number | null;
  readonly agesMs: readonly number[];
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
  #crashed = 0;
  #share = 0;
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
    this.ledger = new Ledger(fleet.clients, fleet.attributeValues, {
      dueTicks: ticks(counting.deadlineMs),
      soakTicks: counting.soakMs === null ? null : ticks(counting.soakMs),
      ageTicks: counting.agesMs.map(ticks),
    });
    this.#calendar = new Calendar(2 * fleet.clients, ticks(this.#delays.longestMs) + 1);
    this.#fates = new Uint8Array(fleet.clients);
    this.#enough = Math.ceil(0.99 * fleet.clients);
    this.afterwards = this.#onset + ticks(this.#delays.longestMs) + ticks(counting.deadlineMs) + 1;
  }

  /** How many clients do not have the release yet and may still get it. */
  get remaining(): number {
    return this.#population.remaining;
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
    this.ledger.advance(tick);
    if (this.#onset > 0) this.#crashUntil(tick);
  }

  /** The share of the clients, by their buckets, that gets the release from this tick on. */
  expose(share: number, tick: number): void {
    if (share === this.#share) return;
    this.#share = share;
    this.#sharedAt = tick;
  }

  /** The clients of the group do not get the release any more. */
  halt(group: number): void {
    this.ledger.halt(group);
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
    if (this.#onset > 0) this.#crashUntil(Number.POSITIVE_INFINITY);
  }

  #arrive = (id: number): void => {
    const { clients } = this.#fleet;
    if (id < clients) this.ledger.report(id, ((this.#fates[id] ?? 0) & fate.fails) !== 0);
    else this.ledger.crash(id - clients, this.#onset);
  };

  #install = (tick: number, group: number): void => {
    const client = this.ledger.offer(tick, group);
    const bits = drawFate(this.#random, this.#fleet, this.#scenario, group);
    this.#fates[client] = bits;
    if (bits & fate.fails && this.#counts(group)) this.harmed++;
    if (!(bits & fate.silent)) this.#reportAfter(client, tick);
    if (this.ledger.offered === this.#enough) this.spreadAt = tick;
  };

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
