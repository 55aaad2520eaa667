import type { CheckerKind } from "./checker.ts";

/** Within a promotion the exposure only rises, and never while it is paused or its stage frozen. */
export const exposureRises: CheckerKind = {
  guards: "exposure is monotonic, and never rises while paused or frozen",
  create() {
    let seen = 0;
    const exposure = new Map<unknown, number>();
    const paused = new Set<unknown>();
    /** Stage → until when, in ms since the epoch. */
    const frozen = new Map<unknown, number>();
    const everyStage = Symbol();
    return (world) => {
      const log = world.log();
      for (const { type, data, seq, at } of log.slice(seen)) {
        if (type === "PromotionPaused" || type === "RolloutHalted") paused.add(data.id);
        if (type === "PromotionResumed") paused.delete(data.id);
        if (type === "StageFrozen") frozen.set(data.stage, Date.parse(String(data.until ?? "9999-01-01")));
        if (type === "StageThawed") frozen.delete(data.stage);
        if (type === "ApplicationFrozen") frozen.set(everyStage, Date.parse(String(data.until ?? "9999-01-01")));
        if (type === "ApplicationThawed") frozen.delete(everyStage);
        // The next part of the stage begins anew, and who is let in by a ration is exposed as well.
        if (type === "WaveBegun") exposure.delete(data.id);
        if (type !== "ExposureRaised" && type !== "WaveBegun" && type !== "RationGranted") continue;
        if (Date.parse(at) < Math.max(frozen.get(data.stage) ?? 0, frozen.get(everyStage) ?? 0))
          return `event ${seq}: ${data.id} rose while ${data.stage} was frozen`;
        if (paused.has(data.id)) return `event ${seq}: ${data.id} rose while paused`;
        if (type === "RationGranted") continue;
        if (type === "ExposureRaised" && Number(data.to) <= (exposure.get(data.id) ?? 0))
          return `event ${seq}: ${data.id} went from ${exposure.get(data.id)} to ${data.to}`;
        exposure.set(data.id, Number(data.to));
      }
      seen = log.length;
      return undefined;
    };
  },
};
