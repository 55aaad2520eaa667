import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { EvidenceRules } from "@sluice/core/rollout/schema.ts";
import { fromRfc3339 } from "@sluice/core/time/instant.ts";
import { Chronicle } from "../chronicle/chronicle.ts";
import { Heard } from "../chronicle/heard.ts";
import { placeOf } from "../chronicle/place.ts";
import { plainBound, plainRation } from "../chronicle/plain-ration.ts";
import type { ToldPromotion } from "../chronicle/told.ts";
import type { World } from "../world/world.ts";
import type { CheckerKind } from "./checker.ts";

/** What was said so long ago, in ms, was counted, if it ever will: a server may have stood still with what it had counted before. */
const staleMs = 12 * 3_600_000;
/** So much longer than between two checks it takes until everybody has asked, also who missed a time. */
const asks = 2;

/**
 * No ration is larger, and no share takes in more clients, than the answers pay for that clients have sent: computed anew by the formulas, with every
 * doubt in favour of the release. Where a share lets them in, everybody gets it once the limit is proved, or all could read the share before.
 */
export const exposurePaid: CheckerKind = {
  guards: "exposure that is paid for with evidence is no more than the evidence pays for",
  create() {
    const told = new Chronicle();
    const heard = new Heard();
    return (world, fleet) => {
      heard.readOn(fleet);
      return told.readOn(world, (event) => {
        const { type, data } = event;
        if (type !== "RationGranted" && type !== "ExposureRaised") return undefined;
        const promotion = told.promotions.get(String(data.id));
        const rules = told.spec(String(data.stage))?.rollout.evidence;
        if (promotion === undefined || rules === undefined || promotion.otherPipeline) return undefined;
        return unpaid({ told, heard, world, event, promotion, rules });
      });
    };
  },
};

interface Looked {
  readonly told: Chronicle;
  readonly heard: Heard;
  readonly world: World;
  readonly event: SealedEvent;
  readonly promotion: ToldPromotion;
  readonly rules: EvidenceRules;
}

function unpaid({ told, heard, world, event, promotion, rules }: Looked): string | undefined {
  const { type, data } = event;
  const { id, stage, version, salt } = promotion;
  const said = heard.of(stage, version);
  const letIn = world.admissions.filter((one) => one.promotion === id);
  const n = said.began.union(new Set(letIn.map(({ client }) => client))).size;
  const isFirst = ![...told.promotions.values()].some((one) => one !== promotion && one.version === version);
  const before = world.clock.now() - staleMs;
  const failed = [...said.harmed].filter(([client, at]) => at < before && !said.well.has(client)).length;
  const k = isFirst && promotion.haltedGroups.size === 0 ? failed : 0;
  const most = plainRation(rules, n, k);
  if (type === "RationGranted") {
    const granted = data.most === null ? Number.POSITIVE_INFINITY : Number(data.most);
    return granted <= most ? undefined : `${granted} may be at risk with ${id}, and ${k} of ${n} pay for ${most}`;
  }
  const [from, to] = [Number(data.from), Number(data.to)];
  if (told.spec(stage)?.rollout.waves !== undefined) return undefined;
  if (to < 10_000) {
    const known = heard.knownBefore(stage, promotion.startedAt - staleMs);
    const taken = known.map((client) => placeOf(salt, client)).filter((place) => place >= from && place < to).length;
    return taken <= most ? undefined : `${to} takes in ${taken} more, and ${k} of ${n} pay for ${most}`;
  }
  if (plainBound(n, k) <= (rules["max-failure-rate"] / 10_000) * (1 + 1e-9)) return undefined;
  // Where clients are let in one by one, that nobody new came for so long is in no event.
  if (from === 0) return undefined;
  const isRead =
    promotion.publishedAt !== undefined && fromRfc3339(event.at) - promotion.publishedAt >= asks * told.checkEveryMs;
  return isRead ? undefined : `everybody gets ${id}, which is not proved, before all could read the share before`;
}
