import { decideUpdate } from "@sluice/core/feed/decide-update.ts";
import type { Feed, FeedRelease } from "@sluice/core/feed/feed.ts";
import { fullExposure } from "@sluice/core/rollout/bucket.ts";
import { UpdaterError } from "../errors.ts";
import type { Identity } from "./identity.ts";

/** An offer that the signed feed bears out. */
export interface Offer {
  readonly kind: "update" | "rollback";
  readonly release: FeedRelease;
  readonly mandatory: boolean;
}

/**
 * Decides whether what the server offers may be taken: it must be what the signed feed gives this client when only the offered
 * version is looked at. So the server can hold releases back, and decides the share of clients that a listed one is exposed
 * to, but can offer nothing that is not listed, was rolled back or withdrawn, is older (unless the feed sends this client
 * back), does not run here or cannot be reached in one step.
 * @throws UpdaterError OFFER_REFUSED
 */
export function judgeOffer(version: string, feed: Feed, identity: Identity, installed: string | undefined): Offer {
  const releases = feed.releases
    .filter((release) => release.version === version)
    .map((release) => ({ ...release, exposure: { ...release.exposure, basisPoints: fullExposure } }));
  if (releases.length === 0)
    throw new UpdaterError(
      "OFFER_REFUSED",
      `The server offers ${version}, which the signed feed of channel ${feed.channel} does not list`,
    );
  const decision = decideUpdate(
    { ...feed, releases },
    {
      id: identity.clientId,
      platform: identity.platform,
      attributes: identity.attributes,
      ...(installed === undefined ? {} : { version: installed }),
    },
  );
  if (decision.kind === "none")
    throw new UpdaterError(
      "OFFER_REFUSED",
      `The server offers ${version}, which the signed feed does not allow here: ${decision.detail}`,
    );
  return { kind: decision.kind, release: decision.release, mandatory: decision.mandatory };
}
