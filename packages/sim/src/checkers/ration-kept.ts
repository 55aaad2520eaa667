import type { Pipeline } from "@sluice/core/pipeline/schema.ts";
import type { CheckerKind } from "./checker.ts";

/** A grant that was being written when the ration changed stands for so long at most, in ms. */
const lateMs = 2 * 3_600_000;

/**
 * In a rollout that pays with evidence nobody new is let in while more clients are at risk than the log granted: offers that nobody has answered, and
 * that are not past their deadline. Counted at the very moment at which a client is let in.
 */
export const rationKept: CheckerKind = {
  guards: "never more clients are exposed and unreported than the ration allowed",
  create() {
    let seenEvents = 0;
    let seenAdmissions = 0;
    const granted = new Map<unknown, { readonly at: number; readonly most: number }[]>();
    const free = new Set<unknown>();
    /** The shortest deadline that a pipeline ever set; an offer past it is at risk no more. */
    let deadlineMs = Number.POSITIVE_INFINITY;
    return (world) => {
      const log = world.log();
      for (const { type, data } of log.slice(seenEvents)) {
        if (type === "PipelineApplied") deadlineMs = Math.min(deadlineMs, ...deadlinesOf(data.pipeline as Pipeline));
        // By the right clock: this step has just ended.
        const ration = { at: world.clock.now(), most: most(data.most) };
        if (type === "RationGranted") granted.set(data.id, [...(granted.get(data.id) ?? []), ration]);
        if (type === "ExposureRaised") free.add(data.id);
      }
      seenEvents = log.length;
      const fresh = world.admissions.slice(seenAdmissions);
      seenAdmissions = world.admissions.length;
      for (const { promotion, client, at, waiting } of fresh) {
        const rations = granted.get(promotion);
        if (rations === undefined) return `${client} was let in to ${promotion} before anything was granted`;
        if (free.has(promotion)) continue;
        const lately = rations.findIndex((ration) => ration.at > at - lateMs);
        const counting = rations.slice(lately < 0 ? -1 : Math.max(0, lately - 1));
        const largest = Math.max(...counting.map((ration) => ration.most));
        const atRisk = waiting.filter((age) => age < deadlineMs).length;
        if (atRisk > largest)
          return `${client} was let in to ${promotion} when ${atRisk} were at risk with it, and ${largest} were granted`;
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
