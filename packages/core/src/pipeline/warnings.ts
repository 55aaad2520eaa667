import { isOpen, nextChangeTo } from "../gates/window/opening.ts";
import type { WindowConfig } from "../gates/window/schema.ts";
import type { Millis } from "../time/instant.ts";
import type { Pipeline, Stage } from "./schema.ts";
import type { PipelineWarning } from "./warning.ts";
import { waveWarnings } from "./wave-warnings.ts";

/** Somebody who could approve: a token that may, and the groups that it is in. */
export interface PossibleApprover {
  readonly name: string;
  readonly groups: readonly string[];
}

/** What a pipeline says that can never come true as things stand. @param approvers everybody whose token lets them approve */
export function pipelineWarnings(
  pipeline: Pipeline,
  approvers: readonly PossibleApprover[],
  now: Millis,
): PipelineWarning[] {
  return pipeline.stages.flatMap((stage, index) => [
    ...(index === 0 ? ofFirstStage(stage) : []),
    ...windowWarnings(stage, index, now),
    ...approvalWarnings(stage, index, approvers),
    ...waveWarnings(stage, index),
  ]);
}

function ofFirstStage({ name, gates }: Stage): PipelineWarning[] {
  return gates.flatMap((gate, nth) => {
    const path = ["stages", 0, "gates", nth];
    if (typeof gate.soak === "object" || gate["min-clients"] !== undefined)
      return [
        {
          path: [...path, gate.soak === undefined ? "min-clients" : "soak"],
          message: `nothing can ever enter ${name}: there is no stage before it whose clients could report`,
        },
      ];
    return gate.soak === undefined
      ? []
      : [{ path: [...path, "soak"], message: `${name} is the first stage: this soak counts from the publication` }];
  });
}

function windowWarnings({ name, gates }: Stage, index: number, now: Millis): PipelineWarning[] {
  const windows = gates.flatMap(({ window }, nth) => (window === undefined ? [] : [{ window, nth }]));
  const path = (nth: number) => ["stages", index, "gates", nth, "window"];
  const never = windows.filter(({ window }) => !isOpen(window, now) && nextChangeTo(true, window, now) === undefined);
  if (never.length > 0)
    return never.map(({ nth }) => ({
      path: path(nth),
      message: `this window of ${name} does not open within 400 days`,
    }));
  const last = windows.at(-1);
  if (
    windows.length < 2 ||
    last === undefined ||
    openTogether(
      windows.map(({ window }) => window),
      now,
    )
  )
    return [];
  return [{ path: path(last.nth), message: `the windows of ${name} are not open at the same time within a year` }];
}

const yearMs = 366 * 86_400_000;
/** More openings than any sensible windows have in a year; what has more is not warned of. */
const openingsMax = 5_000;

/** Whether there is a moment in the next year at which all windows are open. */
function openTogether(windows: readonly WindowConfig[], now: Millis): boolean {
  let at = now;
  for (let tries = 0; tries < openingsMax; tries++) {
    const closed = windows.filter((window) => !isOpen(window, at));
    if (closed.length === 0) return true;
    const openings = closed.map((window) => nextChangeTo(true, window, at) ?? Number.POSITIVE_INFINITY);
    at = Math.max(...openings);
    if (at > now + yearMs) return false;
  }
  return true;
}

function approvalWarnings({ gates }: Stage, index: number, approvers: readonly PossibleApprover[]): PipelineWarning[] {
  return gates.flatMap(({ approval }, nth) => {
    if (approval === undefined) return [];
    const { from, groups, count } = approval;
    const named = [...from, ...groups];
    const able = approvers.filter((one) => named.some((name) => name === one.name || one.groups.includes(name)));
    const missing = groups.filter((group) => !able.some((one) => one.groups.includes(group)));
    const path = ["stages", index, "gates", nth, "approval"];
    return [
      ...(able.length < count
        ? [
            {
              path,
              message: `it needs ${count === 1 ? "an approval" : `${count} approvals`}, and ${giving(able, named)}`,
            },
          ]
        : []),
      ...missing.map((group) => ({ path, message: `nobody who may approve is in the group ${group}` })),
    ];
  });
}

/** Who can give an approval, for a person; and where nobody can, how that is mended. */
function giving(able: readonly PossibleApprover[], named: readonly string[]): string {
  if (able.length > 0) return `only ${able.length} can give one: ${able.map(({ name }) => name).join(", ")}`;
  return `nobody can give one: make tokens of role approver that are called ${named.join(", ")}, or are in groups of these names`;
}
