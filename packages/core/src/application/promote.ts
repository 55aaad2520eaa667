import { isRejection, type Rejection, reject } from "../errors/rejection.ts";
import { compareVersions } from "../release/version.ts";
import type { CommandOf } from "./commands.ts";
import { findRelease, findStage } from "./find.ts";
import { chooseByHand } from "./hold.ts";
import { openPromotion, request } from "./request.ts";
import { type Promotion, stageOf } from "./state.ts";
import type { Transition } from "./transition.ts";

/** Asks by hand for a release to enter a stage, and passes over the stage's gates where an override is given. */
export function requestPromotion(
  transition: Transition,
  command: CommandOf<"RequestPromotion">,
): Rejection | undefined {
  const { state } = transition;
  const stage = findStage(state, command.stage);
  if (isRejection(stage)) return stage;
  const release = findRelease(state, command.version);
  if (isRejection(release)) return release;
  if (release.withdrawn !== undefined)
    return reject(
      "RELEASE_WITHDRAWN",
      `${release.version} was withdrawn by ${release.withdrawn.by}: ${release.withdrawn.reason}`,
    );
  if (command.override?.trim() === "")
    return reject("REASON_REQUIRED", "An override needs a reason: --override --reason TEXT");
  const stageState = stageOf(state, stage.name);
  const live = stageState.live?.version;
  if (live === release.version) return reject("ALREADY_LIVE", `${release.version} is live in ${stage.name}.`);
  if (live !== undefined && compareVersions(release.version, live) < 0)
    return reject(
      "NOT_NEWER",
      `${stage.name} has ${live}, which is newer. To go back: sluice rollback ${stage.name} --to ${release.version} --reason TEXT`,
    );
  if (stageState.away.has(release.version) && command.override === undefined)
    return reject(
      "GATES_CLOSED",
      `${release.version} was rolled back in ${stage.name} and is not offered there again unless you say so: sluice promote ${release.version} ${stage.name} --override --reason TEXT`,
    );
  const open = openPromotion(state, stageState, release.version);
  const policies = command.policies === true && state.policies.some(({ policy }) => policy !== undefined);
  const id = open?.id ?? request(transition, stage, release.version, { manual: true });
  if (open?.status === "waiting" && stage["promote-on"] !== undefined && !open.manual && open.asked === undefined)
    transition.add({ type: "PromotionAskedFor", data: { id: open.id, stage: stage.name, version: release.version } });
  if (command.override !== undefined && id !== undefined && needsOverride(open, policies))
    transition.add({
      type: "PromotionOverridden",
      data: {
        id,
        stage: stage.name,
        version: release.version,
        reason: command.override,
        ...(policies ? { policies: true } : {}),
      },
    });
  if (id !== undefined && open?.status !== "active" && open?.status !== "paused")
    chooseByHand(transition, stage, id, release.version);
  return undefined;
}

/** An override stands once; one that passes over policies as well adds to one that does not. */
function needsOverride(open: Promotion | undefined, policies: boolean): boolean {
  return open?.override === undefined || (policies && open.override.policies !== true);
}
