import type { ApplicationCommand } from "@sluice/core/application/commands.ts";
import { decide } from "@sluice/core/application/decide.ts";
import { foldLog } from "@sluice/core/application/evolve.ts";
import { type AppState, initialState } from "@sluice/core/application/state.ts";
import type { Rules } from "@sluice/core/rules/rules.ts";
import {
  decideServer,
  foldServer,
  initialServer,
  type ServerCommand,
  type ServerState,
} from "@sluice/core/rules/server-log.ts";
import type { Decider } from "./stream.ts";

/** The decider of one application. @param rules what holds in every application, as of now */
export function applicationDecider(app: string, rules: () => Rules): Decider<AppState, ApplicationCommand> {
  return {
    initial: initialState(app),
    decide: (state, command, meta) => decide(state, command, { ...meta, rules: rules() }),
    fold: foldLog,
  };
}

/** The decider of what belongs to no application. */
export const serverDecider: Decider<ServerState, ServerCommand> = {
  initial: initialServer,
  decide: decideServer,
  fold: foldServer,
};
