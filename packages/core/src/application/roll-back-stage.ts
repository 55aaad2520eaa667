import { isRejection, type Rejection, reject } from "../errors/rejection.ts";
import { blockingPolicy } from "../policy/blocking.ts";
import type { CommandMeta, CommandOf } from "./commands.ts";
import type { FormalRequest } from "./events/rollback.ts";
import { findRelease, findStage } from "./find.ts";
import { lastGood } from "./good-releases.ts";
import { rollBackLeftBehind } from "./left-behind.ts";
import { rollBack } from "./roll-back.ts";
import { type AppState, activePromotion, stageOf } from "./state.ts";
import { Transition } from "./transition.ts";
import { stagedWay } from "./way-back.ts";

/** Which stage is to go back, and how. */
type Way = Omit<CommandOf<"RollBack">, "type">;

/** What a rollback does: it ends this promotion of this version first, and the stage arrives at `to`; null: at nothing. */
interface WayBack {
  readonly promotion: string;
  readonly version: string;
  readonly to: string | null;
}

/** What `rollBackStage` would do at this moment, without doing it; or why it would not. */
export function wayBackFrom(state: AppState, meta: CommandMeta, way: Way): WayBack | Rejection {
  const trial = new Transition(state, meta);
  const refused = rollBackStage(trial, way);
  if (refused !== undefined) return refused;
  const ended = trial.facts.flatMap((fact) => (fact.type === "PromotionRolledBack" ? [fact.data] : []));
  const [first] = ended;
  if (first === undefined) throw new Error(`the rollback of ${way.stage} ended no promotion`);
  return { promotion: first.id, version: first.version, to: ended.at(-1)?.to ?? null };
}

/**
 * Takes a stage back by hand: what is rolling out in it, or else what is live, to `to` or the last good release.
 * @param request what others approved before, where it was formal
 */
export function rollBackStage(
  transition: Transition,
  { stage: name, to, reason, staged: gradually }: Way,
  request?: FormalRequest,
): Rejection | undefined {
  const { state } = transition;
  const stage = findStage(state, name);
  if (isRejection(stage)) return stage;
  if (reason.trim() === "") return reject("REASON_REQUIRED", "Say why the stage goes back: --reason TEXT");
  const stageState = stageOf(state, stage.name);
  const active = activePromotion(state, stageState);
  if (to !== undefined) {
    const refused = refuseTarget(state, stage.name, to);
    if (refused !== undefined) return refused;
  }
  const live = stageState.live;
  const promotion = live && state.promotions.get(live.promotion);
  const from = active?.version ?? live?.version;
  const blocking = to === undefined || to === live?.version ? undefined : blockingPolicy(state, to);
  if (blocking !== undefined && from !== undefined && lastGood(state, stageState, from) !== to)
    return reject(
      "ROLLBACK_TARGET_INVALID",
      `Policy ${blocking} blocks ${to}. Choose another release, or have an admin change the policy.`,
    );
  const staged = gradually === true ? stagedWay(state, stage) : undefined;
  if (active !== undefined) {
    rollBack(transition, active, "manual", reason, {}, { staged, request });
    if (to === undefined || to === live?.version) return undefined;
  } else if (to !== undefined && to === live?.version) {
    return reject("ALREADY_LIVE", `${to} is what is live in ${stage.name}.`);
  }
  const before = promotion && [...stageState.completed.keys()].filter((version) => version !== promotion.version);
  const good = before?.filter((version) => state.releases.get(version)?.withdrawn === undefined);
  if (promotion === undefined || good === undefined || good.length === 0)
    return reject(
      "NOTHING_TO_ROLL_BACK",
      live === undefined
        ? `${stage.name} has no live release.`
        : `${stage.name} has nothing earlier than ${live.version} that was not withdrawn. Publish a release that is good; to take ${live.version} away meanwhile: sluice withdraw ${live.version} --reason TEXT`,
    );
  rollBack(transition, promotion, "manual", reason, {}, { to, staged, request });
  rollBackLeftBehind(transition, stage.name, "manual", reason, staged);
  return undefined;
}

function refuseTarget(state: AppState, stage: string, to: string): Rejection | undefined {
  const release = findRelease(state, to);
  if (isRejection(release)) return release;
  if (release.withdrawn !== undefined)
    return reject("RELEASE_WITHDRAWN", `${to} was withdrawn: ${release.withdrawn.reason}`);
  const completed = stageOf(state, stage).completed;
  if (completed.has(to)) return undefined;
  return reject(
    "ROLLBACK_TARGET_INVALID",
    `${to} never was fully rolled out in ${stage}, or was rolled back there. Good releases there: ${[...completed.keys()].join(", ") || "none"}.`,
  );
}
