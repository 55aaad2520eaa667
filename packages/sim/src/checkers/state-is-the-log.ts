import { replay } from "@sluice/core/application/evolve.ts";
import type { AppState } from "@sluice/core/application/state.ts";
import type { CheckerKind } from "./checker.ts";

/** Each server's state in memory is the fold over the log on the disk. Costly, so it looks at every fiftieth step. */
export const stateIsTheLog: CheckerKind = {
  guards: "state is reproducible from the log alone",
  create() {
    let step = 0;
    return (world) => {
      if (step++ % 50 !== 0) return undefined;
      for (const state of world.states()) {
        const again = replay(world.app, world.log().slice(0, state.seq));
        if (text(state) !== text(again)) return `the state at event ${state.seq} is not what the log says`;
      }
      return undefined;
    };
  },
};

function text({ promotions, stages, releases, issues, feeds }: AppState): string {
  return JSON.stringify([promotions, stages, releases, issues, feeds]);
}
