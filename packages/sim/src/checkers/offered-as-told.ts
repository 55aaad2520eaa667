import { sha256Hex } from "@sluice/core/log/digest.ts";
import { Chronicle } from "../chronicle/chronicle.ts";
import { onTheWayBack } from "../chronicle/staged-ways-back.ts";
import type { ToldStage } from "../chronicle/told.ts";
import { waveOfRegion } from "../chronicle/waves.ts";
import type { CheckerKind } from "./checker.ts";

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
    /** Promotion and client → when it was let in. */
    const letInAt = new Map<string, number>();
    return (world, fleet) => {
      const offers = fleet.offers.slice(seenOffers);
      const admissions = world.admissions.slice(seenAdmissions);
      seenOffers += offers.length;
      seenAdmissions += admissions.length;
      for (const { promotion, client, seq } of admissions) letInAt.set(`${promotion} ${client}`, seq);
      const looks = [
        ...offers.map((offer) => ({
          seq: offer.seq,
          look: () => wrongOffer(told, offer, letInAt, fleet.regionOf(offer.client)),
        })),
        ...admissions.map((admission) => ({ seq: admission.seq, look: () => wrongAdmission(told, admission) })),
      ].sort((a, b) => a.seq - b.seq);
      for (const { seq, look } of looks) {
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
  readonly to: string;
  readonly back: boolean;
  readonly letIn: boolean;
  readonly seq: number;
}

function wrongOffer(
  told: Chronicle,
  { channel, client, from, to, back, letIn, seq }: Offer,
  letInAt: ReadonlyMap<string, number>,
  region: string,
): string | undefined {
  const stage = told.stage(channel);
  if (back && isSpared(told, stage, client, from)) return `${client} is sent back from ${from} before its turn`;
  if (stage.live === to && !told.withdrawn.has(to)) return undefined;
  if (back) return `${client} is sent back to ${to}, and ${stage.live ?? "nothing"} is live in ${channel}`;
  const active = told.promotions.get(stage.active ?? "");
  if (active?.version !== to) return `${client} is offered ${to}, which is neither live nor under way in ${channel}`;
  if (active.halted) return `${client} is offered ${to}, whose rollout was halted`;
  if (letIn) {
    // Who was let in before it was asked now gets the same answer again, whatever has come between.
    const fresh = (letInAt.get(`${active.id} ${client}`) ?? 0) >= seq;
    const shut = active.way !== "active" || Math.max(told.frozenUntil, stage.frozen?.until ?? 0) > 1e15;
    return fresh && shut ? `${client} is let in to ${to}, which is ${active.way} in ${channel}` : undefined;
  }
  const wave = waveOfRegion(active.waves, region);
  if (wave > active.publishedWave)
    return `${client} of wave ${wave} is offered ${to}, which is in ${active.publishedWave}`;
  const place = placeOf(active.salt, client);
  if (wave < active.publishedWave || place < active.publishedShare) return undefined;
  return `${client} is offered ${to} at place ${place}, and ${active.publishedShare} is published`;
}

function wrongAdmission(
  told: Chronicle,
  { promotion: id, client }: { readonly promotion: string; readonly client: string },
): string | undefined {
  const promotion = told.promotions.get(id);
  if (promotion === undefined) return `${client} is let in to ${id}, which nobody asked for`;
  if (promotion.way === "waiting") return `${client} is let in to ${id}, which waits`;
  return undefined;
}

/** Whether a client that has a release on its way back is not among those who go so far. */
function isSpared(told: Chronicle, stage: ToldStage, client: string, from = ""): boolean {
  const { wayBack } = stage;
  if (wayBack === undefined || !onTheWayBack(stage, told.withdrawn).includes(from)) return false;
  return placeOf(wayBack.salt, client) >= wayBack.share;
}

/** The place of a client in a rollout's order, in basis points: the first 32 bits of SHA-256 of salt, line feed and name, modulo 10,000. */
function placeOf(salt: string, client: string): number {
  return Number.parseInt(sha256Hex(`${salt}\n${client}`).slice(0, 8), 16) % 10_000;
}
