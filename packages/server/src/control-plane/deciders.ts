import {
  type AccessCommand,
  type AccessState,
  decideAccess,
  evolveAccess,
  foldAccess,
  initialAccess,
} from "@sluice/core/access/tokens.ts";
import type { ApplicationCommand } from "@sluice/core/application/commands.ts";
import { decide } from "@sluice/core/application/decide.ts";
import { foldLog } from "@sluice/core/application/evolve.ts";
import { type AppState, initialState } from "@sluice/core/application/state.ts";
import { isRejection } from "@sluice/core/errors/rejection.ts";
import type { Decider } from "./stream.ts";

/** The decider of one application. */
export function applicationDecider(app: string): Decider<AppState, ApplicationCommand> {
  return { initial: initialState(app), decide, fold: foldLog };
}

/** The decider of tokens. */
export const accessDecider: Decider<AccessState, AccessCommand> = {
  initial: initialAccess,
  decide(state, command, meta) {
    const facts = decideAccess(state, command);
    if (isRejection(facts)) return facts;
    let next = state;
    for (const fact of facts)
      next = evolveAccess(next, { ...fact, seq: next.seq + 1, at: meta.now, actor: meta.actor });
    return { facts, state: next };
  },
  fold: foldAccess,
};
