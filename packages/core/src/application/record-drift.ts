import { isMet } from "../targets/demand.ts";
import { outsideTargets } from "../targets/outside.ts";
import type { CommandOf } from "./commands.ts";
import { stagesOf } from "./context.ts";
import { stageOf } from "./state.ts";
import type { Transition } from "./transition.ts";

/**
 * A target was looked at: what is live is what should be, or something else. A difference opens an issue, and its end resolves it. A
 * target that is being moved, or that was since, says nothing.
 */
export function recordDrift(transition: Transition, { found }: CommandOf<"RecordDrift">): undefined {
  const { stage: name, target: targetName, asked, config, agrees, text } = found;
  const { state } = transition;
  const stage = stageOf(state, name);
  const spec = stagesOf(state).find((each) => each.name === name);
  const target = outsideTargets(spec).find((each) => each.name === targetName);
  if (target?.config !== config || stage.demand?.asked !== asked || !isMet(stage, target)) return;
  const known = stage.targets.get(targetName)?.drift;
  if (agrees) {
    endDrift(transition, name, targetName, "what is live is what should be again");
    return;
  }
  const { main: version } = stage.demand;
  if (known !== undefined || version === null) return;
  const issue = `issue-${state.issues.size + 1}`;
  transition.add({ type: "DriftFound", data: { stage: name, target: targetName, version, text, issue } });
  const title = `${name} has drifted: its target ${targetName} should have ${version}, but ${text}`.slice(0, 1_000);
  transition.add({ type: "IssueOpened", data: { id: issue, version, title, severity: "warning", stage: name } });
}

/** Ends a difference that is known, and resolves its issue where nobody did. */
export function endDrift(transition: Transition, stage: string, target: string, comment: string): void {
  const drift = stageOf(transition.state, stage).targets.get(target)?.drift;
  if (drift === undefined) return;
  const open = transition.state.openIssues.has(drift.issue);
  transition.add({ type: "DriftGone", data: { stage, target } });
  if (open) transition.add({ type: "IssueResolved", data: { id: drift.issue, comment } });
}
