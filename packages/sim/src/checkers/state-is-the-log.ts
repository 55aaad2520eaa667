import { replay } from "@sluice/core/application/evolve.ts";
import { is } from "immutable";
import type { CheckerKind } from "./checker.ts";

/** The state in memory is the fold over the log on the disk. Costly, so it looks at every hundredth step. */
export const stateIsTheLog: CheckerKind = {
  guards: "state is reproducible from the log alone",
  create() {
    let step = 0;
    return (world) => {
      if (step++ % 100 !== 0) return undefined;
      const state = world.state();
      if (state === undefined) return undefined;
      const again = replay(world.app, world.log());
      const same =
        is(state.promotions.map(text), again.promotions.map(text)) &&
        is(state.stages.map(text), again.stages.map(text)) &&
        state.seq === again.seq;
      return same ? undefined : `the state at event ${state.seq} is not what the log says`;
    };
  },
};

function text(value: unknown): string {
  return JSON.stringify(value);
}
