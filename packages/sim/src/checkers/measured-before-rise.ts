import { measuredAnalyses } from "@sluice/core/analysis/measured.ts";
import type { Stage } from "@sluice/core/pipeline/schema.ts";
import type { CheckerKind } from "./checker.ts";

/** Each of a stage's analyses that measure has passed since the exposure rose last, and what it measured last was no failure. */
export const measuredBeforeRise: CheckerKind = {
  guards: "exposure rises, and a promotion completes, only on a passing analysis",
  create() {
    let seen = 0;
    let stages: readonly Stage[] = [];
    /** Promotion and analysis → what it said last, since the exposure rose. */
    const said = new Map<string, string>();
    const forget = (promotion: unknown) => {
      for (const key of said.keys()) if (key.startsWith(`${promotion} `)) said.delete(key);
    };
    return (world) => {
      const log = world.log();
      for (const { type, data, seq } of log.slice(seen)) {
        if (type === "PipelineApplied") stages = (data.pipeline as unknown as { stages: Stage[] }).stages;
        if (type === "MeasurementTaken" && data.verdict !== "error")
          said.set(`${data.id} ${data.analysis}`, String(data.verdict));
        if (type === "PromotionResumed") forget(data.id);
        if (type !== "PromotionCompleted" && (type !== "ExposureRaised" || data.from === 0)) continue;
        const stage = stages.find(({ name }) => name === data.stage);
        for (const { name } of stage === undefined ? [] : measuredAnalyses(stage)) {
          const last = said.get(`${data.id} ${name}`);
          if (last !== "pass") return `event ${seq}: ${data.id} rose while ${name} said ${last ?? "nothing"}`;
        }
        forget(data.id);
      }
      seen = log.length;
      return undefined;
    };
  },
};
