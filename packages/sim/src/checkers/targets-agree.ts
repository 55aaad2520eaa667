import { stagesOf } from "@sluice/core/application/context.ts";
import { stageOf } from "@sluice/core/application/state.ts";
import { isMet } from "@sluice/core/targets/demand.ts";
import { outsideTargets } from "@sluice/core/targets/outside.ts";
import type { CheckerKind } from "./checker.ts";

/** What the log says that a target has is what is there; a stage is complete only with all of its targets; no result counts twice. */
export const targetsAgree: CheckerKind = {
  guards: "what the log says is live on a target is live there, and an effect's result is recorded once",
  create() {
    let seen = 0;
    /** By stage and target: what it was asked for, and how it was configured, when it said last that it has it. */
    const results = new Map<string, string>();
    return (world) => {
      const log = world.log();
      for (const { type, data, seq } of log.slice(seen)) {
        if (type !== "TargetApplied") continue;
        const place = `${data.stage}/${data.target}`;
        const result = `${data.asked} ${data.config}`;
        if (results.get(place) === result) return `event ${seq}: ${place} ${result} was recorded before`;
        results.set(place, result);
      }
      seen = log.length;
      const state = world.state();
      for (const spec of state === undefined ? [] : stagesOf(state)) {
        if (state === undefined) continue;
        const stage = stageOf(state, spec.name);
        const { demand } = stage;
        const moving = stage.active !== undefined && state.promotions.get(stage.active);
        for (const target of outsideTargets(spec)) {
          const place = `${spec.name}/${target.name}`;
          if (demand === undefined) continue;
          if (!isMet(stage, target)) {
            if (moving && moving.status === "active" && moving.exposure.appliedAt !== undefined)
              return `${moving.id} counts as exposed, but ${place} is not done`;
            continue;
          }
          const should = demand.trial?.version ?? demand.main;
          const is = world.targets.live.get(place) ?? null;
          if (is !== should && !world.targets.meddled.has(place))
            return `${place} has ${is}, and the log says ${should}`;
        }
      }
      return undefined;
    };
  },
};
