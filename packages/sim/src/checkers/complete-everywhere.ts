import type { Pipeline } from "@sluice/core/pipeline/schema.ts";
import { outsideTargets } from "@sluice/core/targets/outside.ts";
import type { CheckerKind } from "./checker.ts";

/** A release is complete in a stage only when every target of it said that it has it. */
export const completeEverywhere: CheckerKind = {
  guards: "a promotion is complete only when all of its stage's targets have the release",
  create() {
    let seen = 0;
    let stages: Pipeline["stages"] = [];
    const has = new Map<string, unknown>();
    return (world) => {
      const log = world.log();
      for (const { type, data, seq } of log.slice(seen)) {
        if (type === "PipelineApplied") ({ stages } = data.pipeline as unknown as Pipeline);
        if (type === "TargetApplied") has.set(`${data.stage} ${data.target} ${data.config}`, data.main);
        if (type !== "PromotionCompleted") continue;
        for (const { name, config } of outsideTargets(stages.find((stage) => stage.name === data.stage)))
          if (has.get(`${data.stage} ${name} ${config}`) !== data.version)
            return `event ${seq}: ${data.id} is complete, and ${name} of ${data.stage} does not have ${data.version}`;
      }
      seen = log.length;
      return undefined;
    };
  },
};
