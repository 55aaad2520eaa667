import type { Pipeline } from "@sluice/core/pipeline/schema.ts";
import type { CheckerKind } from "./checker.ts";

/**
 * In a rollout that pays with evidence nobody new is let in while more clients are at risk than the log granted: offers that nobody has answered, and
 * that are not past their deadline. What was answered by the time of looking counts as answered: a later report of the same client does not tell
 * when the first one came.
 */
export const rationKept: CheckerKind = {
  guards: "never more clients are exposed and unreported than the ration allowed",
  create() {
    let seen = 0;
    const granted = new Map<unknown, number[]>();
    const free = new Set<unknown>();
    const looked = new Map<string, number>();
    /** The shortest deadline that a pipeline ever set; an offer past it is at risk no more. */
    let deadlineMs = Number.POSITIVE_INFINITY;
    return (world) => {
      const log = world.log();
      for (const { type, data } of log.slice(seen)) {
        if (type === "PipelineApplied") deadlineMs = Math.min(deadlineMs, ...deadlinesOf(data.pipeline as Pipeline));
        if (type === "RationGranted") granted.set(data.id, [...(granted.get(data.id) ?? []), most(data.most)]);
        if (type === "ExposureRaised") free.add(data.id);
      }
      seen = log.length;
      for (const { attempt, offers } of world.attempts()) {
        const rations = granted.get(attempt.promotion);
        if (rations === undefined || free.has(attempt.promotion)) continue;
        const largest = Math.max(...rations);
        for (let no = looked.get(attempt.promotion) ?? 0; no < offers.length; no++) {
          const offer = offers[no];
          if (offer === undefined) continue;
          const atRisk = offers.filter((other) => other.no <= no && !other.givenBack && !other.answered);
          const young = atRisk.filter(({ offeredAt }) => offeredAt > offer.offeredAt - deadlineMs);
          if (young.length > largest)
            return `${attempt.promotion}: offer ${no} put ${young.length} clients at risk, and ${largest} were granted`;
        }
        looked.set(attempt.promotion, offers.length);
      }
      return undefined;
    };
  },
};

function deadlinesOf({ stages }: Pipeline): number[] {
  return stages.flatMap(({ rollout }) => rollout.evidence?.["report-deadline"] ?? []);
}

function most(value: unknown): number {
  return typeof value === "number" ? value : Number.POSITIVE_INFINITY;
}
