import type { SealedEvent } from "@sluice/core/log/event.ts";
import { Chronicle } from "../chronicle/chronicle.ts";
import { openIssues } from "../chronicle/gates.ts";
import { leftBehind } from "../chronicle/left-behind.ts";
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

/** An analysis that measures, and is named as the reason why something ends, has failed; where none is named, there is one that a person has to look at. */
function claimedFailures(
  told: Chronicle,
  measurements: ToldMeasurements,
  { type, data }: SealedEvent,
): string | undefined {
  const promotion = told.promotions.get(String(data.id));
  if (promotion === undefined || data.cause !== "analysis") return undefined;
  if (type !== "PromotionRolledBack" && type !== "PromotionPaused") return undefined;
  const { analysis = [] } = data.evidence as { analysis?: readonly { analysis: string; verdict: string }[] };
  if (analysis.length === 0 && measurements.unclear(told, promotion).length === 0)
    return `${promotion.id} is handed to a person, and nothing is unclear`;
  const measured = measurements.names(told, promotion);
  const failed = measurements.failed(told, promotion);
  const innocent = analysis.find((one) => measured.includes(one.analysis) && !failed.includes(one.analysis));
  return innocent && `${promotion.id} ends for ${innocent.analysis}, which has not failed`;
}

/** Whether clients of its stage still have its release, which is neither live nor under way there: a newer one took their place on the way. */
function isLeftBehind(told: Chronicle, { id, stage: name, version, share }: ToldPromotion): boolean {
  const stage = told.stage(name);
  if (share === 0 || !leftBehind(told, stage, stage.live).includes(version)) return false;
  const attempts = [...told.promotions.values()].filter((one) => one.stage === name && one.version === version);
  return attempts.findLast(({ startedAt }) => startedAt > 0)?.id === id;
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
  const isLeft = way === "over" && isLeftBehind(told, promotion);
  if (spec === undefined || (way !== "active" && way !== "paused" && !isLive && !isLeft)) return undefined;
  const issue = spec.analysis
    .flatMap(({ issues }) => issues ?? [])
    .flatMap((one) => openIssues(told, version, one["at-least"]));
  // What was left behind is measured no more: who handed it to a person, and went past it, knows.
  const failed = [...(isLeft ? [] : measurements.failed(told, promotion)), ...issue];
  const [first] = failed;
  if (first !== undefined) {
    const person = spec["on-failure"] === "pause";
    if (way === "paused") return person ? undefined : `failed: ${first}`;
    if (!isLive && !isLeft) return `failed: ${first}`;
    const known = openIssues(told, version, "info").length > 0;
    const stays = person || (isLive && returned.has(stage.name));
    return known && stays ? undefined : `${isLive ? "live" : "left behind"}, and failed: ${first}`;
  }
  const [unclear] = way === "active" ? measurements.unclear(told, promotion) : [];
  return unclear && `nobody was asked although ${unclear} cannot be measured`;
}
