import type { CommandOf } from "./commands.ts";
import { endDrift } from "./record-drift.ts";
import { activePromotion, type StageState, stageOf } from "./state.ts";
import type { Transition } from "./transition.ts";

/** How long a target is tried again before its failure counts as one: 15 minutes, in ms. */
const giveUpAfterMs = 900_000;

/** A result is taken once, and only for something that the log asked for; a late one of an older demand says nothing. */
export function recordTarget(transition: Transition, { result }: CommandOf<"RecordTarget">): undefined {
  const { state } = transition;
  const stage = stageOf(state, result.stage);
  const known = stage.targets.get(result.target)?.applied;
  if (!isAsked(stage, result.asked) || (known?.asked === result.asked && known.config === result.config)) return;
  endDrift(transition, result.stage, result.target, "the target was brought to what is asked now");
  transition.add({ type: "TargetApplied", data: result });
}

/**
 * A failure that may pass is noted when it comes and when it changes, and counts once it has lasted for 15 minutes. One that
 * counts ends the promotion that is under way; without one it opens an issue, since then nobody else would be told.
 */
export function recordTargetFailure(transition: Transition, { failure }: CommandOf<"RecordTargetFailure">): undefined {
  const stage = stageOf(transition.state, failure.stage);
  if (!isAsked(stage, failure.asked)) return;
  const { applied, failed } = stage.targets.get(failure.target) ?? {};
  if (applied?.asked === failure.asked && applied.config === failure.config) return;
  const before = failed?.asked === failure.asked && failed.config === failure.config ? failed : undefined;
  if (before?.retryable === false) return;
  const lasting = before !== undefined && transition.meta.now >= before.since + giveUpAfterMs;
  const retryable = failure.retryable && !lasting;
  if (before !== undefined && retryable && before.reason === failure.reason) return;
  transition.add({ type: "TargetFailed", data: { ...failure, retryable } });
  if (!retryable && activePromotion(transition.state, stage) === undefined) openIssue(transition, stage, failure);
}

/** What it waits for is noted once, and when it changes. */
export function recordTargetDeferral(
  transition: Transition,
  { deferral }: CommandOf<"RecordTargetDeferral">,
): undefined {
  const stage = stageOf(transition.state, deferral.stage);
  if (!isAsked(stage, deferral.asked)) return;
  const { applied, deferred } = stage.targets.get(deferral.target) ?? {};
  const isSame = (known: { readonly asked: number; readonly config: string } | undefined) =>
    known?.asked === deferral.asked && known.config === deferral.config;
  if (isSame(applied) || (isSame(deferred) && deferred?.reason === deferral.reason)) return;
  transition.add({ type: "TargetDeferred", data: deferral });
}

function isAsked(stage: StageState, asked: number): boolean {
  return stage.demand?.asked === asked;
}

/** Against the release that should go, if one should: the good one that could not be put back has done nothing. */
function openIssue(
  transition: Transition,
  stage: StageState,
  failure: { readonly target: string; readonly reason: string },
): void {
  const version = stage.demand?.leaving ?? stage.demand?.main;
  if (version === undefined || version === null) return;
  const back = stage.demand?.leaving !== undefined;
  const id = `issue-${transition.state.issues.size + 1}`;
  const should = stage.demand?.main ?? "nothing";
  const title = `${stage.name} is inconsistent: its target ${failure.target} does not have ${should}: ${failure.reason}`;
  const severity = back ? "critical" : "warning";
  transition.add({ type: "IssueOpened", data: { id, version, title, severity, stage: stage.name } });
}
