import type { CheckerKind } from "./checker.ts";

/** A stage goes back to nothing but a release that was complete there, was not withdrawn and not rolled back since. */
export const backToAGoodOne: CheckerKind = {
  guards: "after a failing verdict the stage's release is the last good one",
  create() {
    let seen = 0;
    const good = new Set<string>();
    const withdrawn = new Set<unknown>();
    return (world) => {
      const log = world.log();
      for (const { type, data, seq } of log.slice(seen)) {
        if (type === "ReleaseWithdrawn") withdrawn.add(data.version);
        if (type === "PromotionCompleted") good.add(`${data.stage} ${data.version}`);
        if (type !== "PromotionRolledBack") continue;
        good.delete(`${data.stage} ${data.version}`);
        if (data.to === null) continue;
        if (withdrawn.has(data.to)) return `event ${seq}: ${data.stage} goes back to ${data.to}, which was withdrawn`;
        if (!good.has(`${data.stage} ${data.to}`))
          return `event ${seq}: ${data.stage} goes back to ${data.to}, which is not good there`;
      }
      seen = log.length;
      return undefined;
    };
  },
};
