import { Map as ImmutableMap, OrderedMap } from "immutable";
import type { AccessFact } from "../access/tokens.ts";
import { nearestNames } from "../errors/nearest.ts";
import { type Rejection, reject } from "../errors/rejection.ts";
import { unreachable } from "../errors/unreachable.ts";
import type { Policy } from "../policy/schema.ts";
import type { Millis } from "../time/instant.ts";

/**
 * What holds in every application, whatever its pipeline says. It is kept in the server's own log, and copied into each
 * application's before that application decides anything more.
 */
export interface Rules {
  /** By SHA-256: artifacts that no release of any application may contain. */
  readonly artifacts: OrderedMap<string, ForbiddenArtifact>;
  /** By name: what pipelines have to meet. */
  readonly policies: OrderedMap<string, PolicyEntry>;
  /** By name: whose token was revoked. What they approved and nobody has used yet counts no more. */
  readonly revoked: ImmutableMap<string, { readonly by: string }>;
}

/** A policy in force; without `policy`, one that was removed. */
export interface PolicyEntry {
  readonly name: string;
  /** Number of the event that says so. */
  readonly revision: number;
  readonly at: Millis;
  readonly by: string;
  readonly policy?: Policy;
  readonly source?: string;
}

interface ForbiddenArtifact {
  readonly sha256: string;
  readonly reason: string;
  readonly at: Millis;
  readonly by: string;
}

export type RulesCommand =
  | { readonly type: "ForbidArtifact"; readonly sha256: string; readonly reason: string }
  | { readonly type: "ApplyPolicy"; readonly policy: Policy; readonly source: string }
  | { readonly type: "RemovePolicy"; readonly name: string; readonly reason: string };

export type RulesFact =
  | { readonly type: "ArtifactForbidden"; readonly data: { readonly sha256: string; readonly reason: string } }
  | { readonly type: "PolicyApplied"; readonly data: { readonly policy: Policy; readonly source: string } }
  | { readonly type: "PolicyRemoved"; readonly data: { readonly name: string; readonly reason: string } };

type RulesEvent = (RulesFact | Extract<AccessFact, { type: "TokenRevoked" }>) & {
  readonly seq: number;
  readonly at: Millis;
  readonly actor: string;
};

export const initialRules: Rules = { artifacts: OrderedMap(), policies: OrderedMap(), revoked: ImmutableMap() };

export function decideRules(rules: Rules, command: RulesCommand): readonly RulesFact[] | Rejection {
  switch (command.type) {
    case "ForbidArtifact": {
      const { sha256, reason } = command;
      if (reason.trim() === "") return reject("REASON_REQUIRED", "Say why it is withdrawn: --reason TEXT");
      return rules.artifacts.has(sha256) ? [] : [{ type: "ArtifactForbidden", data: { sha256, reason } }];
    }
    case "ApplyPolicy": {
      const { policy, source } = command;
      const same = rules.policies.get(policy.name)?.source === source;
      return same ? [] : [{ type: "PolicyApplied", data: { policy, source } }];
    }
    case "RemovePolicy": {
      const { name, reason } = command;
      const entry = rules.policies.get(name);
      if (entry?.policy === undefined)
        return reject("POLICY_NOT_FOUND", `There is no policy "${name}".`, nearestNames(name, activeNames(rules)));
      if (reason.trim() === "") return reject("REASON_REQUIRED", "Say why the policy goes: --reason TEXT");
      return [{ type: "PolicyRemoved", data: { name, reason } }];
    }
    default:
      return unreachable(command);
  }
}

/** The policies in force, in the order in which they were first applied. */
export function policiesOf(rules: Rules): (PolicyEntry & { readonly policy: Policy })[] {
  return [...rules.policies.values()].flatMap((entry) =>
    entry.policy === undefined ? [] : [{ ...entry, policy: entry.policy }],
  );
}

function activeNames(rules: Rules): string[] {
  return policiesOf(rules).map(({ name }) => name);
}

export function evolveRules(rules: Rules, event: RulesEvent): Rules {
  switch (event.type) {
    case "ArtifactForbidden": {
      const { sha256, reason } = event.data;
      return { ...rules, artifacts: rules.artifacts.set(sha256, { sha256, reason, at: event.at, by: event.actor }) };
    }
    case "PolicyApplied": {
      const { policy, source } = event.data;
      const entry = { name: policy.name, revision: event.seq, at: event.at, by: event.actor, policy, source };
      return { ...rules, policies: rules.policies.set(policy.name, entry) };
    }
    case "PolicyRemoved": {
      const { name } = event.data;
      const entry = { name, revision: event.seq, at: event.at, by: event.actor };
      return { ...rules, policies: rules.policies.set(name, entry) };
    }
    case "TokenRevoked":
      return { ...rules, revoked: rules.revoked.set(event.data.name, { by: event.actor }) };
    default:
      return unreachable(event);
  }
}
