import {
  type AccessCommand,
  type AccessFact,
  type AccessState,
  decideAccess,
  evolveAccess,
  initialAccess,
} from "../access/tokens.ts";
import type { CommandMeta } from "../application/commands.ts";
import { isRejection, type Rejection } from "../errors/rejection.ts";
import type { SealedEvent } from "../log/event.ts";
import { fromRfc3339, type Millis } from "../time/instant.ts";
import { decideRules, evolveRules, initialRules, type Rules, type RulesCommand, type RulesFact } from "./rules.ts";

/** What belongs to no application, folded from the server's own log. */
export interface ServerState {
  /** Number of the last event folded in. */
  readonly seq: number;
  readonly access: AccessState;
  readonly rules: Rules;
}

export type ServerCommand = AccessCommand | RulesCommand;
export type ServerFact = AccessFact | RulesFact;

export const initialServer: ServerState = { seq: 0, access: initialAccess, rules: initialRules };

/** Decides a command about what belongs to no application. Pure. */
export function decideServer(
  state: ServerState,
  command: ServerCommand,
  meta: CommandMeta,
): { readonly facts: readonly ServerFact[]; readonly state: ServerState } | Rejection {
  const facts =
    command.type === "CreateToken" || command.type === "RevokeToken"
      ? decideAccess(state.access, command)
      : decideRules(state.rules, command);
  if (isRejection(facts)) return facts;
  let next = state;
  for (const fact of facts) next = evolveServer(next, fact, { seq: next.seq + 1, at: meta.now, actor: meta.actor });
  return { facts, state: next };
}

export function foldServer(state: ServerState, events: Iterable<SealedEvent>): ServerState {
  let folded = state;
  for (const { type, data, seq, at, actor } of events)
    folded = evolveServer(folded, { type, data } as ServerFact, { seq, at: fromRfc3339(at), actor });
  return folded;
}

function evolveServer(
  state: ServerState,
  fact: ServerFact,
  place: { readonly seq: number; readonly at: Millis; readonly actor: string },
): ServerState {
  const { seq } = place;
  if (fact.type !== "TokenCreated" && fact.type !== "TokenRevoked")
    return { ...state, seq, rules: evolveRules(state.rules, { ...fact, ...place }) };
  const access = evolveAccess(state.access, { ...fact, ...place });
  return fact.type === "TokenRevoked"
    ? { seq, access, rules: evolveRules(state.rules, { ...fact, ...place }) }
    : { ...state, seq, access };
}
