import type { CheckerKind } from "./checker.ts";

/** Within a promotion the exposure only rises, and never while it is paused or its stage frozen. */
export const exposureRises: CheckerKind = {
  guards: "exposure is monotonic, and never rises while paused or frozen",
  create() {
    let seen = 0;
    const exposure = new Map<unknown, number>();
    const paused = new Set<unknown>();
    const frozen = new Set<unknown>();
    const everyStage = Symbol();
    return (world) => {
      const log = world.log();
      for (const { type, data, seq } of log.slice(seen)) {
        if (type === "PromotionPaused" || type === "RolloutHalted") paused.add(data.id);
        if (type === "PromotionResumed") paused.delete(data.id);
        if (type === "StageFrozen") frozen.add(data.stage);
        if (type === "StageThawed") frozen.delete(data.stage);
        if (type === "ApplicationFrozen") frozen.add(everyStage);
        if (type === "ApplicationThawed") frozen.delete(everyStage);
        if (type !== "ExposureRaised") continue;
        if (frozen.has(data.stage) || frozen.has(everyStage))
          return `event ${seq}: ${data.id} rose while ${data.stage} was frozen`;
        if (paused.has(data.id)) return `event ${seq}: ${data.id} rose while paused`;
        if (Number(data.to) <= (exposure.get(data.id) ?? 0))
          return `event ${seq}: ${data.id} went from ${exposure.get(data.id)} to ${data.to}`;
        exposure.set(data.id, Number(data.to));
      }
      seen = log.length;
      return undefined;
    };
  },
};
