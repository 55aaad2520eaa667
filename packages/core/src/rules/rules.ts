import { Map as ImmutableMap, OrderedMap } from "immutable";
import type { AccessFact } from "../access/tokens.ts";
import { type Rejection, reject } from "../errors/rejection.ts";
import { unreachable } from "../errors/unreachable.ts";
import type { Millis } from "../time/instant.ts";

/**
 * What holds in every application, whatever its pipeline says. It is kept in the server's own log, and copied into each
 * application's before that application decides anything more.
 */
export interface Rules {
  /** By SHA-256: artifacts that no release of any application may contain. */
  readonly artifacts: OrderedMap<string, ForbiddenArtifact>;
  /** By name: whose token was revoked. What they approved and nobody has used yet counts no more. */
  readonly revoked: ImmutableMap<string, { readonly by: string }>;
}

interface ForbiddenArtifact {
  readonly sha256: string;
  readonly reason: string;
  readonly at: Millis;
  readonly by: string;
}

export type RulesCommand = { readonly type: "ForbidArtifact"; readonly sha256: string; readonly reason: string };

export type RulesFact = {
  readonly type: "ArtifactForbidden";
  readonly data: { readonly sha256: string; readonly reason: string };
};

type RulesEvent = (RulesFact | Extract<AccessFact, { type: "TokenRevoked" }>) & {
  readonly at: Millis;
  readonly actor: string;
};

export const initialRules: Rules = { artifacts: OrderedMap(), revoked: ImmutableMap() };

export function decideRules(rules: Rules, command: RulesCommand): readonly RulesFact[] | Rejection {
  switch (command.type) {
    case "ForbidArtifact": {
      const { sha256, reason } = command;
      if (reason.trim() === "") return reject("REASON_REQUIRED", "Say why it is withdrawn: --reason TEXT");
      return rules.artifacts.has(sha256) ? [] : [{ type: "ArtifactForbidden", data: { sha256, reason } }];
    }
    default:
      return unreachable(command.type);
  }
}

export function evolveRules(rules: Rules, event: RulesEvent): Rules {
  switch (event.type) {
    case "ArtifactForbidden": {
      const { sha256, reason } = event.data;
      return { ...rules, artifacts: rules.artifacts.set(sha256, { sha256, reason, at: event.at, by: event.actor }) };
    }
    case "TokenRevoked":
      return { ...rules, revoked: rules.revoked.set(event.data.name, { by: event.actor }) };
    default:
      return unreachable(event);
  }
}
