import { compareVersions } from "@sluice/core/release/version.ts";
import { Chronicle } from "../chronicle/chronicle.ts";
import type { ToldStage } from "../chronicle/told.ts";
import type { CheckerKind } from "./checker.ts";

/**
 * Where a stage goes back to by itself: from a rollout to what is live; otherwise to the newest older release that completed there, was not
 * withdrawn, is not blocked by a policy and passed its verification; where none passed it, to the newest of them; to a blocked one where all
 * are. A person may choose any that completed there.
 */
export const backToTheRightOne: CheckerKind = {
  guards: "a stage goes back to its last good release, and to none that was withdrawn or rolled back",
  create() {
    const told = new Chronicle();
    return (world) =>
      told.readOn(world, ({ type, data }) => {
        if (type !== "PromotionRolledBack") return undefined;
        const [version, to] = [String(data.version), data.to === null ? undefined : String(data.to)];
        const stage = told.stage(String(data.stage));
        if (to !== undefined && told.withdrawn.has(to)) return `${stage.name} goes back to ${to}, which was withdrawn`;
        if (to !== undefined && !stage.complete.has(to))
          return `${stage.name} goes back to ${to}, which is not good there`;
        const right = rightOne(told, stage, String(data.id), version);
        if (to === right || (data.cause === "manual" && to !== undefined)) return undefined;
        return `${stage.name} goes back from ${version} to ${to ?? "nothing"}, and ${right ?? "nothing"} is its last good release`;
      });
  },
};

function rightOne(told: Chronicle, stage: ToldStage, id: string, from: string): string | undefined {
  const good = [...stage.complete].filter(([version]) => !told.withdrawn.has(version));
  if (stage.livePromotion !== id && stage.live !== undefined && good.some(([version]) => version === stage.live))
    return stage.live;
  const policies = [...told.policies.values()];
  const older = good.filter(([version]) => compareVersions(version, from) < 0);
  const allowed = older.filter(([version]) => !policies.some((policy) => policy.blockedVersions.includes(version)));
  const choice = allowed.length > 0 ? allowed : older;
  const verified = choice.filter(([, { promotion }]) => {
    const { windows = [], windowsPassed = 0 } = told.promotions.get(promotion) ?? {};
    return windowsPassed >= windows.length;
  });
  return (verified.at(-1) ?? choice.at(-1))?.[0];
}
