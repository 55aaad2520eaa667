import type { Millis } from "../../time/instant.ts";
import type { AgeCounts, ClientCounts, GroupCounts, ReleaseCounts } from "./counts.ts";

/** One offer, and what is known of what became of it. Nothing that was true of it ever becomes untrue. */
export interface OfferRecord {
  /** Its place in the order of the offers, from 0, without gaps. */
  readonly no: number;
  readonly offeredAt: Millis;
  /** The groups that the client belongs to, such as `region=eu`. */
  readonly groups: readonly string[];
  /** The client said that it waits (for its window, for a person): it is not at risk. */
  readonly givenBack: boolean;
  /** The client said how the update went. */
  readonly answered: boolean;
  /** It harmed the client before its health was confirmed. */
  readonly failed: boolean;
  /** When the client said that it had been harmed after its health was confirmed. */
  readonly crashedAt?: Millis;
}

/** When clients become due, soaked and old enough, in ms after the offer. */
export interface LedgerTimes {
  readonly deadlineMs: number;
  /** Null without a soak. */
  readonly soakMs: number | null;
  readonly agesMs: readonly number[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Counts = Mutable<Omit<ReleaseCounts, "ages">> & { readonly ages: Mutable<AgeCounts>[] };

const flags = { answered: 1, failed: 2, crashed: 4, left: 8 } as const;
const none = { installed: 0, failed: 0, inFlight: 0, settled: 0, settledFailed: 0 };

interface Group {
  readonly counts: Mutable<GroupCounts>;
  /** Numbers of the offers in it, rising. */
  readonly members: number[];
  /** How many of the members are known: see `settled` in counts.ts. */
  known: number;
  halted: boolean;
}

/**
 * The counts of one rollout, kept up to date by what changes: the same, whatever the order in which it learns of it, as a count of
 * all offers would give. Offers are numbered in their order, so "older than" is a place in that order and passing time moves a
 * pointer. Some twenty bytes a client.
 */
export class Ledger {
  readonly counts: Counts;
  readonly #times: LedgerTimes;
  readonly #groups = new Map<string, Group>();
  readonly #groupsMost: number;
  readonly #crashes = new Map<number, Millis>();
  #offeredAt = new Float64Array(64);
  #flags = new Uint8Array(64);
  #groupsOf: (readonly Group[])[] = [];
  readonly #sets = new Map<string, readonly Group[]>();
  #offered = 0;
  #due = 0;
  #settled = 0;
  #soaked = 0;
  readonly #aged: number[];

  /**
   * @param groupsMost how many groups are watched: the first that come
   * @param always those among them that are watched from the beginning
   */
  constructor(times: LedgerTimes, groupsMost: number, always: readonly string[] = []) {
    this.#times = times;
    this.#groupsMost = groupsMost;
    this.#aged = times.agesMs.map(() => 0);
    const ages = times.agesMs.map(() => ({ clients: 0, crashes: 0 }));
    for (const name of always) this.#watch(name);
    this.counts = { ...none, due: 0, missing: 0, unsoaked: 0, soaked: 0, soakedFailed: 0, ages };
  }

  /** How many offers there were, with those that were given back and those of halted groups. */
  get offered(): number {
    return this.#offered;
  }

  /** When the last offer was made; undefined before the first. */
  get lastOfferedAt(): Millis | undefined {
    return this.#offered === 0 ? undefined : this.#offeredAt[this.#offered - 1];
  }

  /** The groups that were not halted. */
  groups(): readonly GroupCounts[] {
    return [...this.#groups.values()].filter(({ halted }) => !halted).map(({ counts }) => counts);
  }

  /** How many offers went to each watched group. */
  offeredByGroup(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#groups].map(([name, { members }]) => [name, members.length]));
  }

  /**
   * Takes in an offer, or what has become of one.
   * @throws RangeError when an offer before it is not known yet
   */
  take(record: OfferRecord): void {
    const { no } = record;
    if (no > this.#offered) throw new RangeError(`Offer ${no} came before offer ${this.#offered}.`);
    if (no === this.#offered) this.#add(record);
    const groups = this.#groupsOf[no] ?? [];
    const is =
      (record.answered ? flags.answered : 0) |
      (record.failed ? flags.failed : 0) |
      (record.crashedAt === undefined || record.failed ? 0 : flags.crashed) |
      (record.givenBack || groups.some(({ halted }) => halted) ? flags.left : 0);
    if (record.crashedAt !== undefined) this.#crashes.set(no, record.crashedAt);
    this.#change(no, is | (this.#flags[no] ?? 0));
  }

  /** Takes the clients of a group out of all counts. */
  halt(name: string): void {
    const group = this.#groups.get(name) ?? this.#watch(name);
    if (group === undefined || group.halted) return;
    group.halted = true;
    for (const no of group.members) this.#change(no, (this.#flags[no] ?? 0) | flags.left);
  }

  /** Lets time pass to `now`; it never runs backwards. */
  advance(now: Millis): void {
    const { deadlineMs, soakMs, agesMs } = this.#times;
    this.#due = this.#pass(this.#due, now - deadlineMs, (to) => {
      this.#due = to;
    });
    if (soakMs !== null)
      this.#soaked = this.#pass(this.#soaked, now - soakMs, (to) => {
        this.#soaked = to;
      });
    for (const [index, ageMs] of agesMs.entries())
      this.#pass(this.#aged[index] ?? 0, now - ageMs, (to) => {
        this.#aged[index] = to;
      });
    while (this.#settled < this.#offered && this.#isKnown(this.#settled))
      this.#move(this.#settled, () => {
        this.#settled++;
      });
    for (const group of this.#groups.values()) this.#settleGroup(group);
  }

  /** When passing time next changes a count; undefined when only a report can. */
  nextChange(): Millis | undefined {
    const { deadlineMs, soakMs, agesMs } = this.#times;
    const at = (no: number, afterMs: number) => (this.#offeredAt[no] ?? 0) + afterMs;
    const moments = [
      ...(this.#due < this.#offered ? [at(this.#due, deadlineMs)] : []),
      ...(soakMs !== null && this.#soaked < this.#offered ? [at(this.#soaked, soakMs)] : []),
      ...agesMs.flatMap((ageMs, index) => {
        const no = this.#aged[index] ?? 0;
        return no < this.#offered ? [at(no, ageMs)] : [];
      }),
    ];
    return moments.length === 0 ? undefined : Math.min(...moments);
  }

  /** When the oldest offer that nobody has answered is due; undefined when there is none. */
  nextDeadline(): Millis | undefined {
    return this.#settled < this.#offered ? (this.#offeredAt[this.#settled] ?? 0) + this.#times.deadlineMs : undefined;
  }

  #add({ offeredAt, groups }: OfferRecord): void {
    const no = this.#offered++;
    if (no >= this.#flags.length) this.#grow();
    // The order is the offers' own: a clock that was set back between two of them does not change it.
    this.#offeredAt[no] = Math.max(offeredAt, no === 0 ? 0 : (this.#offeredAt[no - 1] ?? 0));
    const own = this.#set(groups);
    this.#groupsOf[no] = own;
    for (const { members } of own) members.push(no);
    this.#contribute(no, 1);
  }

  /** The groups of these names, the same array for the same names: a fleet has few different ones. */
  #set(names: readonly string[]): readonly Group[] {
    const key = names.join("\n");
    const known = this.#sets.get(key);
    if (known !== undefined) return known;
    const groups = [...new Set(names)].flatMap((name) => this.#groups.get(name) ?? this.#watch(name) ?? []);
    this.#sets.set(key, groups);
    return groups;
  }

  #watch(name: string): Group | undefined {
    if (this.#groups.size >= this.#groupsMost) return undefined;
    const group: Group = { counts: { name, ...none }, members: [], known: 0, halted: false };
    this.#groups.set(name, group);
    this.#sets.clear();
    return group;
  }

  #grow(): void {
    const offeredAt = new Float64Array(this.#flags.length * 2);
    offeredAt.set(this.#offeredAt);
    const grown = new Uint8Array(this.#flags.length * 2);
    grown.set(this.#flags);
    this.#offeredAt = offeredAt;
    this.#flags = grown;
  }

  #is(no: number, flag: number): boolean {
    return ((this.#flags[no] ?? 0) & flag) !== 0;
  }

  #isKnown(no: number): boolean {
    return no < this.#due || this.#is(no, flags.answered | flags.left);
  }

  #change(no: number, is: number): void {
    if (is === this.#flags[no]) return;
    this.#move(no, () => {
      this.#flags[no] = is;
    });
  }

  /** Moves a pointer past every offer made at or before a moment. */
  #pass(from: number, moment: Millis, set: (to: number) => void): number {
    let no = from;
    for (; no < this.#offered && (this.#offeredAt[no] ?? 0) <= moment; no++) this.#move(no, () => set(no + 1));
    return no;
  }

  #settleGroup(group: Group): void {
    for (;;) {
      const no = group.members[group.known];
      if (no === undefined || !this.#isKnown(no)) return;
      this.#move(no, () => {
        group.known++;
      });
    }
  }

  /** Takes an offer out of the counts, lets something about it change, and counts it again. */
  #move(no: number, change: () => void): void {
    this.#contribute(no, -1);
    change();
    this.#contribute(no, 1);
  }

  #contribute(no: number, by: 1 | -1): void {
    if (this.#is(no, flags.left)) return;
    const { counts } = this;
    const answered = this.#is(no, flags.answered);
    const failed = this.#is(no, flags.failed);
    const harmed = this.#is(no, flags.failed | flags.crashed);
    this.#contributeTo(counts, no, by, no < this.#settled);
    for (const group of this.#groupsOf[no] ?? [])
      this.#contributeTo(group.counts, no, by, no < (group.members[group.known] ?? Number.POSITIVE_INFINITY));
    if (no < this.#due) {
      counts.due += by;
      if (!answered) counts.missing += by;
    }
    if (no >= this.#soaked) {
      if (!harmed) counts.unsoaked += by;
    } else if (answered) {
      counts.soaked += by;
      if (harmed) counts.soakedFailed += by;
    }
    if (failed) return;
    const crashedAt = this.#is(no, flags.crashed) ? this.#crashes.get(no) : undefined;
    for (const [index, age] of counts.ages.entries()) {
      if (no >= (this.#aged[index] ?? 0)) continue;
      age.clients += by;
      const ageMs = this.#times.agesMs[index] ?? 0;
      if (crashedAt !== undefined && crashedAt - (this.#offeredAt[no] ?? 0) >= ageMs) age.crashes += by;
    }
  }

  #contributeTo(counts: Mutable<ClientCounts>, no: number, by: 1 | -1, settled: boolean): void {
    const answered = this.#is(no, flags.answered);
    const failed = this.#is(no, flags.failed);
    counts.installed += by;
    if (failed) counts.failed += by;
    if (!answered && no >= this.#due) counts.inFlight += by;
    if (!settled || !answered) return;
    counts.settled += by;
    if (failed) counts.settledFailed += by;
  }
}
