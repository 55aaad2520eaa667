import { Map as ImmutableMap, List } from "immutable";
import { nearestNames } from "../errors/nearest.ts";
import { type Rejection, reject } from "../errors/rejection.ts";
import { unreachable } from "../errors/unreachable.ts";
import { fromRfc3339, type Millis } from "../time/instant.ts";
import type { Role } from "./roles.ts";

/** The stream that holds what belongs to no application: who may do what. */
export const accessStream = "_server";

/** How long the tokens of builds are known: longer than they live, and than the identities live that they were made of, in ms. */
const buildsKnownMs = 86_400_000;

/** A token as it is known: by the SHA-256 of its secret, never by the secret. */
export interface Token {
  readonly name: string;
  readonly role: Role;
  /** Absent: every application, and what belongs to none. */
  readonly apps?: readonly string[];
  /** Absent: every stage. */
  readonly stages?: readonly string[];
  /** What its holder belongs to, for gates that ask for an approval from a group. */
  readonly groups?: readonly string[];
  /** Made for a build by its identity, of which there may be thousands a day: it is forgotten a day later. The log keeps it. */
  readonly ofBuild?: true;
  readonly sha256: string;
  readonly createdAt: Millis;
  readonly createdBy: string;
  readonly expiresAt?: Millis;
  readonly revokedAt?: Millis;
}

export interface AccessState {
  readonly seq: number;
  readonly byName: ImmutableMap<string, Token>;
  readonly bySha256: ImmutableMap<string, Token>;
  /** The names of builds that are known, in the order in which they came. */
  readonly builds: List<string>;
}

export type AccessCommand =
  | {
      readonly type: "CreateToken";
      readonly name: string;
      readonly role: Role;
      readonly sha256: string;
      readonly apps?: readonly string[];
      readonly stages?: readonly string[];
      readonly groups?: readonly string[];
      readonly ofBuild?: true;
      readonly expiresAt?: string;
    }
  | { readonly type: "RevokeToken"; readonly name: string };

export type AccessFact =
  | {
      readonly type: "TokenCreated";
      readonly data: {
        readonly name: string;
        readonly role: Role;
        readonly sha256: string;
        readonly apps?: readonly string[];
        readonly stages?: readonly string[];
        readonly groups?: readonly string[];
        readonly ofBuild?: true;
        /** RFC 3339 */
        readonly expiresAt?: string;
      };
    }
  | { readonly type: "TokenRevoked"; readonly data: { readonly name: string } };

export const initialAccess: AccessState = {
  seq: 0,
  byName: ImmutableMap(),
  bySha256: ImmutableMap(),
  builds: List(),
};

/** Decides who may have a token. A name is used once: the audit trail names people by it. */
export function decideAccess(state: AccessState, command: AccessCommand): readonly AccessFact[] | Rejection {
  switch (command.type) {
    case "CreateToken": {
      const { type: _, ...data } = command;
      if (state.byName.has(command.name))
        return reject(
          "TOKEN_EXISTS",
          `There is or was a token named "${command.name}". Names are not used twice, because the log knows people by them.`,
        );
      return [{ type: "TokenCreated", data }];
    }
    case "RevokeToken": {
      const token = state.byName.get(command.name);
      if (token === undefined)
        return reject(
          "TOKEN_NOT_FOUND",
          `There is no token named "${command.name}".`,
          nearestNames(command.name, state.byName.keys()),
        );
      return token.revokedAt === undefined ? [{ type: "TokenRevoked", data: { name: command.name } }] : [];
    }
    default:
      return unreachable(command);
  }
}

type AccessEvent = AccessFact & { readonly seq: number; readonly at: Millis; readonly actor: string };

export function evolveAccess(state: AccessState, event: AccessEvent): AccessState {
  switch (event.type) {
    case "TokenCreated": {
      const { expiresAt, ...rest } = event.data;
      const token: Token = {
        ...rest,
        createdAt: event.at,
        createdBy: event.actor,
        ...(expiresAt === undefined ? {} : { expiresAt: fromRfc3339(expiresAt) }),
      };
      const known = put(withoutOldBuilds(state, event.at), event.seq, token);
      return token.ofBuild === true ? { ...known, builds: known.builds.push(token.name) } : known;
    }
    case "TokenRevoked": {
      const token = state.byName.get(event.data.name);
      return token === undefined
        ? { ...state, seq: event.seq }
        : put(state, event.seq, { ...token, revokedAt: event.at });
    }
    default:
      return unreachable(event);
  }
}

function put(state: AccessState, seq: number, token: Token): AccessState {
  const { byName, bySha256, builds } = state;
  return { seq, byName: byName.set(token.name, token), bySha256: bySha256.set(token.sha256, token), builds };
}

function withoutOldBuilds(state: AccessState, now: Millis): AccessState {
  let { byName, bySha256, builds } = state;
  for (let name = builds.first(); name !== undefined; name = builds.first()) {
    const token = byName.get(name);
    if (token !== undefined && token.createdAt + buildsKnownMs > now) break;
    byName = byName.delete(name);
    bySha256 = bySha256.delete(token?.sha256 ?? "");
    builds = builds.shift();
  }
  return { ...state, byName, bySha256, builds };
}

/** The token of a secret's SHA-256, if it may be used now. Looking up by digest compares no secret byte by byte. */
export function usableToken(state: AccessState, sha256: string, now: Millis): Token | undefined {
  const token = state.bySha256.get(sha256);
  if (token === undefined || token.revokedAt !== undefined) return undefined;
  return token.expiresAt !== undefined && token.expiresAt <= now ? undefined : token;
}
