import { canonicalJson } from "../log/canonical.ts";
import { sha256Hex } from "../log/digest.ts";
import type { Stage } from "../pipeline/schema.ts";
import type { TargetSpec } from "./schema.ts";

/** A target of a stage that is reached by effects of its own; the update feed is not one, it follows from the log by itself. */
export interface OutsideTarget {
  /** Unique in its stage: its kind, and from the second of one kind on its number: `command`, `command-2`. */
  readonly name: string;
  readonly spec: TargetSpec;
  /** SHA-256 of how it is configured: what was applied with another configuration does not count. */
  readonly config: string;
}

const known = new WeakMap<readonly TargetSpec[], readonly OutsideTarget[]>();

/**
 * The outside targets of a stage in the order in which they are moved: that of the pipeline file, and copies of the feed at the
 * end, since the feed names nothing that the others do not have.
 */
export function outsideTargets(stage: Pick<Stage, "targets"> | undefined): readonly OutsideTarget[] {
  if (stage === undefined) return [];
  let targets = known.get(stage.targets);
  if (targets === undefined) {
    targets = named(stage.targets);
    known.set(stage.targets, targets);
  }
  return targets;
}

/** Whether a stage's release is offered by an update feed. */
export function hasChannel(stage: Pick<Stage, "targets">): boolean {
  return stage.targets.some((target) => target.channel !== undefined || target.static !== undefined);
}

/** Whether a target is a copy of the signed feed, which can only follow it. */
export function copiesFeed({ spec }: Pick<OutsideTarget, "spec">): boolean {
  return spec.static !== undefined;
}

function named(specs: readonly TargetSpec[]): OutsideTarget[] {
  const counts = new Map<string, number>();
  const targets = specs.flatMap((spec) => {
    const [kind = "?"] = Object.keys(spec);
    if (kind === "channel") return [];
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return [{ name: count === 1 ? kind : `${kind}-${count}`, spec, config: sha256Hex(canonicalJson(spec)) }];
  });
  return [...targets.filter((target) => !copiesFeed(target)), ...targets.filter(copiesFeed)];
}
