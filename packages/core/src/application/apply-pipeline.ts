import { type Rejection, reject } from "../errors/rejection.ts";
import { canonicalJson } from "../log/canonical.ts";
import { sha256Hex } from "../log/digest.ts";
import type { Stage } from "../pipeline/schema.ts";
import { contradictions } from "../policy/applies.ts";
import type { CommandOf } from "./commands.ts";
import { stagesOf } from "./context.ts";
import { request } from "./request.ts";
import { stageOf } from "./state.ts";
import type { Transition } from "./transition.ts";
import { approvalsOfOtherPipelines } from "./void-approvals.ts";

/**
 * Creates or changes an application's pipeline; the same file again changes nothing.
 * @returns why not: it is for another application, or takes away a stage in which a release is rolling out
 */
export function applyPipeline(
  transition: Transition,
  { pipeline, source }: CommandOf<"ApplyPipeline">,
): Rejection | undefined {
  const { state } = transition;
  if (pipeline.app !== state.app)
    return reject(
      "PIPELINE_INVALID",
      `The file is for application "${pipeline.app}", but it was sent for "${state.app}".`,
    );
  const digest = sha256Hex(canonicalJson(pipeline));
  if (state.pipeline?.digest === digest && state.pipeline.source === source) return undefined;
  const against = contradictions(
    pipeline,
    [...state.policies.values()].flatMap((adopted) => adopted.policy ?? []),
    state.pipeline?.pipeline,
  );
  if (against.length > 0) return reject("POLICY_VIOLATED", `${against.map(({ message }) => message).join("; ")}.`);
  const names = new Set(pipeline.stages.map((stage) => stage.name));
  const lost = state.stages.find((stage) => !names.has(stage.name) && stage.active !== undefined);
  if (lost !== undefined)
    return reject(
      "PIPELINE_CONFLICT",
      `Stage "${lost.name}" is not in the new pipeline, but promotion ${lost.active} is rolling out there. Let it end, or end it with: sluice abort ${lost.name}`,
    );
  const old = stagesOf(state);
  transition.add({ type: "PipelineApplied", data: { pipeline, source, digest } });
  for (const stage of old) if (!names.has(stage.name)) abortWaiting(transition, stage);
  for (const voided of approvalsOfOtherPipelines(transition.state)) transition.add(voided);
  requestForNewStages(transition, old, pipeline.stages);
  return undefined;
}

/** Nothing waits for a stage that the pipeline no longer has. */
function abortWaiting(transition: Transition, stage: Stage): void {
  for (const id of stageOf(transition.state, stage.name).waiting) {
    const version = transition.state.promotions.get(id)?.version;
    const reason = `the pipeline has no stage ${stage.name} any more`;
    if (version !== undefined)
      transition.add({
        type: "PromotionAborted",
        data: { id, stage: stage.name, version, cause: "pipeline-changed", reason },
      });
  }
}

/** A stage that is new in the pipeline, or follows on another than it did, is asked to take what is live in the stage before it. */
function requestForNewStages(transition: Transition, old: readonly Stage[], stages: readonly Stage[]): void {
  for (const [index, stage] of stages.entries()) {
    const before = stages[index - 1];
    const oldIndex = old.findIndex(({ name }) => name === stage.name);
    if (before === undefined || (oldIndex >= 0 && old[oldIndex - 1]?.name === before.name)) continue;
    const { live } = stageOf(transition.state, before.name);
    // What was withdrawn while its stage was not in the pipeline goes from there only now.
    if (live !== undefined && transition.state.releases.get(live.version)?.withdrawn === undefined)
      request(transition, stage, live.version, { manual: false });
  }
}
