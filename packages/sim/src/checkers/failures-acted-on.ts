import type { SealedEvent } from "@sluice/core/log/event.ts";
import { Chronicle } from "../chronicle/chronicle.ts";
import { openIssues } from "../chronicle/gates.ts";
import { ToldMeasurements } from "../chronicle/measurements.ts";
import type { ToldPromotion } from "../chronicle/told.ts";
import type { CheckerKind } from "./checker.ts";

/**
 * What fails is taken back or handed to a person with the same decision, as its stage says; what can no longer be measured is handed over where
 * the stage says so; and nothing is taken back for a failure that was none.
 */
export const failuresActedOn: CheckerKind = {
  guards: "a failing analysis ends or pauses what it is about at once, and nothing else does in its name",
  create() {
    const told = new Chronicle();
    const measurements = new ToldMeasurements();
    /** Stages whose live release was put there by a rollback: it does not go back by itself. */
    const returned = new Set<string>();
    return (world) => {
      const wrong = told.readOn(world, (event) => {
        const { type, data } = event;
        const stage = told.stage(String(data.stage));
        if (type === "PromotionCompleted") returned.delete(stage.name);
        if (type === "PromotionRolledBack" && data.to !== stage.live) returned.add(stage.name);
        const claimed = claimedFailures(told, measurements, event);
        return claimed ?? measurements.hear(told, event);
      });
      if (wrong !== undefined) return wrong;
      for (const promotion of told.promotions.values()) {
        const why = overlooked(told, measurements, promotion, returned);
        if (why !== undefined) return `${promotion.id} of ${promotion.version} is ${promotion.way}, and ${why}`;
      }
      return undefined;
    };
  },
};

/** An analysis that measures, and is named as the reason why something ends, has failed. */
function claimedFailures(
  told: Chronicle,
  measurements: ToldMeasurements,
  { type, data }: SealedEvent,
): string | undefined {
  const promotion = told.promotions.get(String(data.id));
  if (promotion === undefined || data.cause !== "analysis") return undefined;
  if (type !== "PromotionRolledBack" && type !== "PromotionPaused") return undefined;
  const { analysis = [] } = data.evidence as { analysis?: readonly { analysis: string; verdict: string }[] };
  const measured = measurements.names(told, promotion);
  const failed = measurements.failed(told, promotion);
  const innocent = analysis.find((one) => measured.includes(one.analysis) && !failed.includes(one.analysis));
  return innocent && `${promotion.id} ends for ${innocent.analysis}, which has not failed`;
}

function overlooked(
  told: Chronicle,
  measurements: ToldMeasurements,
  promotion: ToldPromotion,
  returned: ReadonlySet<string>,
): string | undefined {
  const { id, version, way } = promotion;
  const stage = told.stage(promotion.stage);
  const spec = told.spec(stage.name);
  const isLive = way === "complete" && stage.livePromotion === id;
  if (spec === undefined || (way !== "active" && way !== "paused" && !isLive)) return undefined;
  const issue = spec.analysis
    .flatMap(({ issues }) => issues ?? [])
    .flatMap((one) => openIssues(told, version, one["at-least"]));
  const failed = [...measurements.failed(told, promotion), ...issue];
  const [first] = failed;
  if (first !== undefined) {
    const person = spec["on-failure"] === "pause";
    if (way === "paused") return person ? undefined : `failed: ${first}`;
    if (!isLive) return `failed: ${first}`;
    const known = openIssues(told, version, "info").length > 0;
    return known && (person || returned.has(stage.name)) ? undefined : `live, and failed: ${first}`;
  }
  const [unclear] = way === "active" ? measurements.unclear(told, promotion) : [];
  return unclear && `nobody was asked although ${unclear} cannot be measured`;
}
