import type { AppState, Release, StageState } from "@sluice/core/application/state.ts";
import type { Demand } from "@sluice/core/targets/demand.ts";
import type { OutsideTarget } from "@sluice/core/targets/outside.ts";
import type { Order } from "../targets/target.ts";

/** What a stage's demand means for one of its targets. */
export function orderOf(state: AppState, stage: StageState, target: OutsideTarget, demand: Demand): Order {
  const { asked, main, trial, leaving } = demand;
  return {
    id: `${state.app}/${stage.name}/${target.name}@${asked}`,
    app: state.app,
    stage: stage.name,
    asked,
    main: main === null ? null : releaseOf(state, main),
    ...(trial === undefined
      ? {}
      : { trial: { release: releaseOf(state, trial.version), basisPoints: trial.basisPoints } }),
    ...(leaving === undefined ? {} : { leaving: releaseOf(state, leaving) }),
  };
}

function releaseOf(state: AppState, version: string): Release {
  const release = state.releases.get(version);
  if (release === undefined) throw new Error(`the log asks for ${version}, which it does not have`);
  return release;
}
