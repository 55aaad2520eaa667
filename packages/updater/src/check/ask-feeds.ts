import { decideUpdate } from "@sluice/core/feed/decide-update.ts";
import type { TrustedFeeds } from "../verify/trusted-feeds.ts";
import type { Answer } from "./ask.ts";
import type { Identity } from "./identity.ts";

/**
 * Answers checks from the signed feeds alone, for servers that have files and answer nothing: the same function decides as in the
 * server. Where clients are let in to a rollout one by one, a feed lists it for nobody; they get it once everybody does.
 */
export function askFeeds(
  trusted: () => Promise<TrustedFeeds>,
  identity: Identity,
): (headers: Record<string, string>) => Promise<Answer> {
  return async (headers) => {
    const feeds = await trusted();
    await feeds.refresh();
    const feed = await feeds.feed(identity.channel);
    const installed = headers["x-current-version"];
    const decision = decideUpdate(feed, {
      id: identity.clientId,
      platform: identity.platform,
      attributes: identity.attributes,
      ...(installed === undefined ? {} : { version: installed }),
    });
    const { checkSeconds: nextCheckSeconds } = feed;
    if (decision.kind === "none")
      return { updateAvailable: false, mandatory: false, rollback: false, reason: decision.detail, nextCheckSeconds };
    const { version } = decision.release;
    const rollback = decision.kind === "rollback";
    return { updateAvailable: true, version, mandatory: decision.mandatory, rollback, nextCheckSeconds };
  };
}
