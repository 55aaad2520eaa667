import type { Millis } from "../../time/instant.ts";
import { fullExposure } from "../bucket.ts";
import type { AdmissionDecision } from "./admission.ts";
import type { GroupCounts } from "./counts.ts";
import { unlimited } from "./ration.ts";

/** A share that a feed names, in basis points, and since when clients can read it. */
export interface PublishedShare {
  readonly basisPoints: number;
  readonly at: Millis;
}

/**
 * The clients of a stage in the order in which a rising share takes them in. Those that reported lately stand where their ids put them, so a share is known to take in just
 * those; where there are more than have reported, the others are expected to stand evenly between.
 */
export interface ShareOrder {
  /** Their places (see `placeOf`), rising. */
  readonly places: Float64Array;
  /** For each of them 1 where it is known by its id. */
  readonly named: Uint8Array;
  /** How many are. */
  readonly known: number;
}

/** What of the order is under the share that was published last. */
export interface Expected {
  readonly order: ShareOrder;
  readonly under: number;
  /** The share that was counted, in basis points. */
  readonly basisPoints: number;
  /** So long after a share was published every client has read it that is there, in ms. */
  readonly askMs: number;
}

/**
 * @param places of the clients known by their ids, in any order
 * @param least how many clients there are at least
 */
export function orderOf(places: Float64Array, least: number): ShareOrder {
  const known = places.toSorted();
  const others = Math.max(0, least - known.length);
  const merged = new Float64Array(known.length + others);
  const named = new Uint8Array(merged.length);
  for (let i = 0, k = 0, o = 0; i < merged.length; i++) {
    const other = o < others ? ((o + 0.5) * fullExposure) / others : Number.POSITIVE_INFINITY;
    const own = known[k] ?? Number.POSITIVE_INFINITY;
    named[i] = own <= other ? 1 : 0;
    merged[i] = own <= other ? own : other;
    if (own <= other) k++;
    else o++;
  }
  return { places: merged, named, known: known.length };
}

/** How many of an order a share takes in. @param basisPoints the share */
export function countUnder({ places }: ShareOrder, basisPoints: number): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] ?? 0) < basisPoints) low = middle + 1;
    else high = middle;
  }
  return low;
}

type Continuing = Extract<AdmissionDecision, { verdict: "continue" }>;

/** Whether nothing holds the release any more, in the whole and in each group. */
export function isProved({ room, roomByGroup }: Continuing): boolean {
  return [room, ...roomByGroup].every((most) => most >= unlimited);
}

/**
 * How many more may get the release, also by what each group may have: a share cannot choose among groups, so it takes in only as many that a
 * group, which has as large a part of them as of those who began before, is expected to keep to its own.
 */
export function roomByShare(
  { room, roomByGroup }: Continuing,
  { groups, offered }: { readonly groups: readonly GroupCounts[]; readonly offered: number },
): number {
  return groups.reduce((most, { installed }, index) => {
    const own = roomByGroup[index] ?? 0;
    return own >= unlimited || installed === 0 ? most : Math.min(most, Math.floor((own * offered) / installed));
  }, room);
}

/** A share is raised when so much more is at risk by it. */
const noticeable = 0.05;

/**
 * Whether so many more clients are worth a rise: each is a feed to sign, and to copy to wherever it is served. Where few are at risk, one more is: if a share
 * waited for more than that, nobody would be left to report, and nothing would ever change.
 * @param atRisk how many are now
 * @param others how many are not under the share
 */
export function isWorthAFeed(room: number, atRisk: number, others: number): boolean {
  return room >= Math.min(noticeable * atRisk, others);
}

/** A share that is not everybody's: clients of which nobody knows may stand anywhere. */
const almostAll = fullExposure - 1e-6;

/**
 * The ration for feeds that are read as files: nobody is asked at a client's check, so the share that is published takes the place of the tokens. It only
 * rises, and takes in no more clients than there is room for, each of which is at risk from then on, also before it has read the feed.
 * @param room how many more clients may get the release
 * @returns the share to publish, in basis points: of those that take in so many the one with the fewest digits; the one before where none may follow
 */
export function nextShare({ order: { places }, under, basisPoints }: Expected, room: number): number {
  if (room >= unlimited) return fullExposure;
  const last = Math.min(places.length, under + room) - 1;
  const place = places[last];
  if (!(room > 0) || place === undefined || place < basisPoints) return basisPoints;
  return Math.max(basisPoints, shortestIn(place, Math.min(places[last + 1] ?? almostAll, almostAll)));
}

/** The number over `from` and at most `to` with the fewest digits; of those the least, for the sake of clients that nobody knows of. */
function shortestIn(from: number, to: number): number {
  for (let unit = 1; unit <= 1e9; unit *= 10) {
    const candidate = (Math.floor(from * unit) + 1) / unit;
    if (candidate > from && candidate <= to) return candidate;
  }
  return to;
}
