import { compareVersions } from "@sluice/core/release/version.ts";
import type { Chronicle } from "./chronicle.ts";
import { blocks } from "./policies.ts";
import type { ToldRequest } from "./rollback-requests.ts";
import type { ToldStage } from "./told.ts";

/**
 * Where a stage goes back to by itself: from a rollout to what is live; otherwise to the newest older release that completed there, was not
 * withdrawn, is not blocked by a policy and passed its verification; where none passed it, to the newest of them; to a blocked one where all
 * are.
 */
export function rightOne(told: Chronicle, stage: ToldStage, id: string, from: string): string | undefined {
  const good = goodOnes(told, stage);
  if (stage.livePromotion !== id && stage.live !== undefined && good.includes(stage.live)) return stage.live;
  return lastGood(told, stage, from);
}

/** Whether a request would take its stage the way that it was asked for, if it were carried out now. */
export function goesAsAsked(told: Chronicle, request: ToldRequest): boolean {
  const { asked, promotion, to } = request;
  const stage = told.stage(request.stage);
  const leaves = stage.active ?? stage.livePromotion;
  const from = told.promotions.get(leaves ?? "")?.version;
  if (told.spec(stage.name) === undefined || leaves !== promotion || from === undefined) return false;
  if (asked !== undefined && !goodOnes(told, stage).includes(asked)) return false;
  const isOther = asked !== undefined && asked !== stage.live;
  if (isOther && isBlocked(told, asked) && lastGood(told, stage, from) !== asked) return false;
  if (stage.active !== undefined && !isOther) return to === rightOne(told, stage, leaves, from);
  if (asked === stage.live || goodOnes(told, stage).every((version) => version === stage.live)) return false;
  return to === (asked ?? rightOne(told, stage, leaves, from));
}

function lastGood(told: Chronicle, stage: ToldStage, from: string): string | undefined {
  const older = goodOnes(told, stage).filter((version) => compareVersions(version, from) < 0);
  const allowed = older.filter((version) => !isBlocked(told, version));
  const choice = allowed.length > 0 ? allowed : older;
  const verified = choice.filter((version) => {
    const { windows = [], windowsPassed = 0 } = told.promotions.get(stage.complete.get(version)?.promotion ?? "") ?? {};
    return windowsPassed >= windows.length;
  });
  return verified.at(-1) ?? choice.at(-1);
}

function goodOnes(told: Chronicle, stage: ToldStage): string[] {
  return [...stage.complete.keys()].filter((version) => !told.withdrawn.has(version));
}

function isBlocked(told: Chronicle, version: string): boolean {
  return [...told.policies.values()].some((policy) => blocks(policy, version));
}
