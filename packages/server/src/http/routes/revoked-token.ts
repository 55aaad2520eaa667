import type { AccessState, Token } from "@sluice/core/access/tokens.ts";
import { fromRfc3339 } from "@sluice/core/time/instant.ts";
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
): Token {
  const token = state.byName.get(name);
  if (token !== undefined) return token;
  const at = events[0] === undefined ? known?.revokedAt : fromRfc3339(events[0].at);
  if (known === undefined || at === undefined) throw new Error("a token was revoked and is not there");
  return { ...known, revokedAt: at };
}
