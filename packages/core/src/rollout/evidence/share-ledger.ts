import type { Millis } from "../../time/instant.ts";
import type { ReleaseCounts } from "./counts.ts";
import { Ledger, type LedgerTimes, type OfferRecord } from "./ledger.ts";
import { countUnder, type PublishedShare, type ShareOrder } from "./share.ts";

const none = -1;
const about = { spoken: 1, unnamed: 2 } as const;

/**
 * What is known where clients are let in by a published share. At risk, due and missing are those who are `expected`, from the publication on. What
 * became of them is told by those who `began`, counted in the order in which they did and from then on: when a client reads the feed does not depend on what the release does to it,
 * so that order is as good as that of offers, and nobody has to wait for the last one to read it.
 */
export function countsByShare(expected: ReleaseCounts, began: ReleaseCounts): ReleaseCounts {
  const { settled, settledFailed, soaked, soakedFailed, ages } = began;
  const soakedSooner = soaked - soakedFailed - (expected.soaked - expected.soakedFailed);
  const unsoaked = Math.max(0, expected.unsoaked - Math.max(0, soakedSooner));
  return { ...expected, settled, settledFailed, soaked, soakedFailed, unsoaked, ages };
}

/**
 * The counts of a rollout whose clients are let in by a published share. Every client under it counts as offered from the moment at which the share could be
 * read, in the order of the places, which no delay of a report can choose; whoever is under it and says nothing until its deadline is missing. Others
 * that report all the same take the place of one that is expected but not known by its id, or come on top.
 */
export class ShareLedger {
  readonly order: ShareOrder;
  readonly #ledger: Ledger;
  readonly #deadlineMs: number;
  /** Place in the order → number of its offer here. */
  readonly #expected: Int32Array;
  #under = 0;
  /** Offers that are expected of clients not known by their ids, and how many of them were looked at for one that reported. */
  readonly #unnamed: number[] = [];
  #given = 0;
  /** Number of an offer in the store → here. */
  readonly #own: number[] = [];
  /** Of each offer here, when it was made, and what is known of its client beside its reports. */
  readonly #at: Millis[] = [];
  readonly #about: number[] = [];
  /** Clients that wait for their window or for a person: they are under the share, and may go on at any time. */
  readonly #waiting = new Set<number>();
  readonly #groups = new Map<string, number[]>();
  readonly #halted = new Set<string>();
  #silenceSays = true;
  #lapsed = 0;

  /** @param times the deadline and the soak counted from the publication of a share */
  constructor(order: ShareOrder, times: LedgerTimes) {
    this.order = order;
    this.#ledger = new Ledger(times, 0);
    this.#deadlineMs = times.deadlineMs;
    this.#expected = new Int32Array(order.places.length).fill(none);
  }

  /** How many of the order are under the share that was published last. */
  get under(): number {
    return this.#under;
  }

  counts(): ReleaseCounts {
    const { counts } = this.#ledger;
    const waiting = this.#waiting.size;
    return {
      ...counts,
      installed: counts.installed + waiting,
      inFlight: counts.inFlight + waiting,
      unsoaked: counts.unsoaked + waiting,
      ages: counts.ages.map((age) => ({ ...age })),
    };
  }

  /** Takes in those whom a share lets in that could be read from a moment on; shares rise. What is everybody's expects nobody. */
  publish({ basisPoints, at }: PublishedShare): void {
    const under = countUnder(this.order, basisPoints);
    for (; this.#under < under; this.#under++) {
      if (this.#expected[this.#under] !== none) continue;
      const named = this.order.named[this.#under] === 1;
      const no = this.#add(at, named ? 0 : about.unnamed);
      this.#expected[this.#under] = no;
      if (!named) this.#unnamed.push(no);
    }
  }

  /** Takes in what a client has said. @param place where its id puts it */
  take(record: OfferRecord, place: number): void {
    let no = this.#own[record.no];
    if (no === undefined) {
      no = this.#offerOf(place) ?? this.#add(record.offeredAt, 0);
      this.#own[record.no] = no;
      this.#about[no] = about.spoken;
      for (const group of record.groups) this.#membersOf(group).push(no);
    }
    const halted = record.groups.some((group) => this.#halted.has(group));
    if (record.givenBack && !halted) this.#waiting.add(place);
    else this.#waiting.delete(place);
    this.#ledger.take({ ...record, no, groups: [], givenBack: record.givenBack || halted });
  }

  /** Takes the clients of a group out of all counts. */
  halt(group: string): void {
    if (this.#halted.has(group)) return;
    this.#halted.add(group);
    // Its clients do not get it and are silent, and nobody knows which they are.
    this.ignoreSilence();
    for (const no of this.#groups.get(group) ?? []) this.#leave(no);
  }

  /** From now on nobody is missing who has not said anything: not all who are under the share are offered the release any more. */
  ignoreSilence(): void {
    this.#silenceSays = false;
  }

  /** Lets time pass to `now`; it never runs backwards. */
  advance(now: Millis): void {
    // Whoever is not known by its id may not be there.
    const ends = this.#silenceSays ? about.unnamed : 0;
    for (; (this.#at[this.#lapsed] ?? Number.POSITIVE_INFINITY) + this.#deadlineMs <= now; this.#lapsed++) {
      const known = this.#about[this.#lapsed] ?? 0;
      if ((known & about.spoken) === 0 && (known & ends) === ends) this.#leave(this.#lapsed);
    }
    this.#ledger.advance(now);
  }

  nextChange(): Millis | undefined {
    return this.#ledger.nextChange();
  }

  nextDeadline(): Millis | undefined {
    return this.#ledger.nextDeadline();
  }

  /** The offer of a client that says something for the first time, or again after it had waited. */
  #offerOf(place: number): number | undefined {
    const index = countUnder(this.order, place);
    const isKnown = this.order.places[index] === place && this.order.named[index] === 1;
    if (!isKnown) return this.#nextUnnamed();
    const no = this.#expected[index] ?? none;
    if (no !== none && !this.#hasSpoken(no)) return no;
    if (no === none) this.#expected[index] = this.#ledger.offered;
    return undefined;
  }

  #nextUnnamed(): number | undefined {
    while (this.#given < this.#unnamed.length) {
      const no = this.#unnamed[this.#given++];
      if (no !== undefined && !this.#hasSpoken(no)) return no;
    }
    return undefined;
  }

  #hasSpoken(no: number): boolean {
    return ((this.#about[no] ?? 0) & about.spoken) !== 0;
  }

  #membersOf(group: string): number[] {
    const known = this.#groups.get(group);
    if (known !== undefined) return known;
    const members: number[] = [];
    this.#groups.set(group, members);
    return members;
  }

  #add(at: Millis, known: number): number {
    const no = this.#ledger.offered;
    // As the ledger has it: a clock that was set back changes no order.
    this.#at[no] = Math.max(at, this.#at[no - 1] ?? 0);
    this.#about[no] = known;
    this.#ledger.take({ no, offeredAt: at, groups: [], givenBack: false, answered: false, failed: false });
    return no;
  }

  #leave(no: number): void {
    const offeredAt = this.#at[no] ?? 0;
    this.#about[no] = about.spoken;
    this.#ledger.take({ no, offeredAt, groups: [], givenBack: true, answered: false, failed: false });
  }
}
