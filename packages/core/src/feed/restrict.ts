import { fullExposure } from "../rollout/bucket.ts";
import type { Feed, FeedRelease } from "./feed.ts";

/**
 * What may be answered while `next` is not yet signed and published: what is already published, less everything that `next`
 * takes away. So a rollback takes effect at once, and nobody is offered what they could not verify.
 */
export function restrict(published: Feed, next: Feed): Feed {
  const { live: _, sentBack: __, ...rest } = published;
  const live = published.live !== undefined && published.live === next.live ? published.live : undefined;
  const releases = published.releases.flatMap((release) => {
    const after = next.releases.find((candidate) => candidate.version === release.version);
    if (after === undefined) return [];
    const reach = lesserReach(release, after);
    const halted = after.halted === undefined ? {} : { halted: after.halted };
    return [{ ...release, ...halted, ...reach }];
  });
  const sentBack = next.sentBack === undefined ? {} : { sentBack: next.sentBack };
  return { ...rest, ...(live === undefined ? {} : { live }), releases, away: next.away, ...sentBack };
}

/** Whom a release reaches of those whom both feeds give it. What has come to a later wave, or is everybody's, takes nothing away. */
function lesserReach(release: FeedRelease, after: FeedRelease): Pick<FeedRelease, "exposure" | "waves"> {
  const { exposure, waves } = release;
  if (after.exposure.salt !== exposure.salt && after.exposure.basisPoints < fullExposure)
    return {
      exposure: { ...exposure, basisPoints: 0 },
      ...(waves === undefined ? {} : { waves: { ...waves, begun: 1 } }),
    };
  const further = waves !== undefined && (after.waves?.begun ?? Number.POSITIVE_INFINITY) > waves.begun;
  const basisPoints = further ? exposure.basisPoints : Math.min(exposure.basisPoints, after.exposure.basisPoints);
  return { exposure: { ...exposure, basisPoints }, ...(waves === undefined ? {} : { waves }) };
}
