import type { CheckerKind } from "./checker.ts";

const ends = new Set(["PromotionCompleted", "PromotionRolledBack", "PromotionAborted", "PromotionSuperseded"]);

/** At most one promotion is under way in a stage. */
export const oneActive: CheckerKind = {
  guards: "there is at most one active promotion per stage",
  create() {
    let seen = 0;
    const active = new Map<unknown, unknown>();
    return (world) => {
      const log = world.log();
      for (const { type, data, seq } of log.slice(seen)) {
        if (ends.has(type) && active.get(data.stage) === data.id) active.delete(data.stage);
        if (type !== "PromotionStarted") continue;
        if (active.has(data.stage))
          return `event ${seq}: ${data.id} started while ${active.get(data.stage)} was under way`;
        active.set(data.stage, data.id);
      }
      seen = log.length;
      return undefined;
    };
  },
};
