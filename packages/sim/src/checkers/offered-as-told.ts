import { Chronicle } from "../chronicle/chronicle.ts";
import { placeOf } from "../chronicle/place.ts";
import { onTheWayBack } from "../chronicle/staged-ways-back.ts";
import type { ToldStage } from "../chronicle/told.ts";
import { waveOfRegion } from "../chronicle/waves.ts";
import type { Admission } from "../world/admissions.ts";
import type { CheckerKind } from "./checker.ts";

/** For so many steps a slow answer may be under way. */
const stepsMost = 2;

/** Something to be looked at once the log was read up to an event. */
interface Look {
  readonly seq: number;
  /** For how many steps it has waited. */
  age: number;
  readonly look: () => string | undefined;
}

/**
 * Every client gets what is live, or what is under way where its own place in the order, computed anew, has been reached; or it was let in, and
 * only while the rollout was open. Who goes back goes to what is live.
 */
export const offeredAsTold: CheckerKind = {
  guards:
    "a client is offered what is live, or what has reached its place in the order; and is sent back only to what is live",
  create() {
    const told = new Chronicle();
    let seenOffers = 0;
    let seenAdmissions = 0;
    let waiting: Look[] = [];
    /** Promotion and client, where it was ever let in; stage, version and client, where it said that it had begun: then it is in the rollout as well. */
    const letIn = new Set<string>();
    let seenSent = 0;
    return (world, fleet) => {
      const offers = fleet.offers.slice(seenOffers);
      const admissions = world.admissions.slice(seenAdmissions);
      seenOffers += offers.length;
      seenAdmissions += admissions.length;
      for (const { promotion, client } of admissions) letIn.add(`${promotion} ${client}`);
      for (const { channel, version, client } of fleet.sent.slice(seenSent))
        letIn.add(`${channel} ${version} ${client}`);
      seenSent = fleet.sent.length;
      waiting.push(
        ...offers.map((offer) => ({ seq: offer.seq, age: 0, look: () => wrongOffer(told, offer, letIn) })),
        ...admissions.map((one) => ({ seq: one.askedAt, age: 0, look: () => wrongAdmission(told, one) })),
      );
      // A slow store lets in whoever asked before others that are answered already.
      const due = waiting.filter(({ age }) => age >= stepsMost);
      waiting = waiting.filter(({ age }) => age < stepsMost);
      for (const one of waiting) one.age++;
      for (const { seq, look } of due.sort((a, b) => a.seq - b.seq)) {
        // A slow answer may be older than what was looked at before.
        if (seq < told.seq) continue;
        told.readTo(world, seq);
        const wrong = look();
        if (wrong !== undefined) return `at event ${seq} ${wrong}`;
      }
      return undefined;
    };
  },
};

interface Offer {
  readonly channel: string;
  readonly client: string;
  readonly from: string | undefined;
  readonly region: string;
  readonly to: string;
  readonly back: boolean;
  readonly letIn: boolean;
}

function wrongOffer(
  told: Chronicle,
  { channel, client, region, from, to, back, letIn }: Offer,
  everLetIn: ReadonlySet<string>,
): string | undefined {
  const stage = told.stage(channel);
  if (back && isSpared(told, stage, client, from)) return `${client} is sent back from ${from} before its turn`;
  const halted = [stage.active, stage.livePromotion].some((id) => {
    const promotion = told.promotions.get(id ?? "");
    return promotion?.version === to && promotion.haltedGroups.has(`region=${region}`);
  });
  if (halted) return `${client} of ${region} is offered ${to}, which was halted for that region`;
  if (stage.live === to && !told.withdrawn.has(to)) return undefined;
  if (back) return `${client} is sent back to ${to}, and ${stage.live ?? "nothing"} is live in ${channel}`;
  const active = told.promotions.get(stage.active ?? "");
  if (active?.version !== to) return `${client} is offered ${to}, which is neither live nor under way in ${channel}`;
  if (active.halted) return `${client} is offered ${to}, whose rollout was halted`;
  if (letIn && [`${active.id} ${client}`, `${channel} ${to} ${client}`].some((one) => everLetIn.has(one)))
    return undefined;
  const wave = waveOfRegion(active.waves, region);
  if (wave > active.publishedWave)
    return `${client} of wave ${wave} is offered ${to}, which is in ${active.publishedWave}`;
  const place = placeOf(active.salt, client);
  if (wave < active.publishedWave || place < active.publishedShare) return undefined;
  return `${client} is offered ${to} at place ${place}, and ${active.publishedShare} is published`;
}

/** Looked at where the server stood when it was asked: what comes between then and the answer of a slow store, nobody could know. */
function wrongAdmission(told: Chronicle, { promotion: id, client, askedTime }: Admission): string | undefined {
  const promotion = told.promotions.get(id);
  if (promotion === undefined) return `${client} is let in to ${id}, which nobody asked for`;
  const { way, stage, version } = promotion;
  if (way !== "active") return `${client} is let in to ${version}, which is ${way} in ${stage}`;
  if (told.withdrawn.has(version)) return `${client} is let in to ${version}, which is withdrawn`;
  const frozenUntil = Math.max(told.frozenUntil, told.stage(stage).frozen?.until ?? 0);
  return askedTime < frozenUntil ? `${client} is let in to ${version} while ${stage} is frozen` : undefined;
}

/** Whether a client that has a release on its way back is not among those who go so far. */
function isSpared(told: Chronicle, stage: ToldStage, client: string, from = ""): boolean {
  const { wayBack } = stage;
  if (wayBack === undefined || !onTheWayBack(stage, told.withdrawn).includes(from)) return false;
  return placeOf(wayBack.salt, client) >= wayBack.share;
}
