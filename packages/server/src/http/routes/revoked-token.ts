import type { AccessState, Token } from "@sluice/core/access/tokens.ts";
import { fromRfc3339, type Millis } from "@sluice/core/time/instant.ts";
import type { Outcome } from "../../control-plane/stream.ts";

/**
 * A token as its revocation left it.
 * @param known the token as it was before. One of a build of yesterday is forgotten when another token is made, which may be stored
 *   together with its revocation
 * @throws Error where it was not known before either
 */
export function revokedToken(
  name: string,
  known: Token | undefined,
  { state, events }: Pick<Outcome<AccessState>, "state" | "events">,
  now: Millis,
): Token {
  const token = state.byName.get(name);
  if (token !== undefined) return token;
  if (known === undefined) throw new Error("a token was revoked and is not there");
  // Without an event of its own it was revoked before, or by somebody else at the same moment.
  return { ...known, revokedAt: events[0] === undefined ? (known.revokedAt ?? now) : fromRfc3339(events[0].at) };
}
