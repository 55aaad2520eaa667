import type { Feed } from "./feed.ts";

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
    const basisPoints =
      after.exposure.salt === release.exposure.salt || after.exposure.basisPoints === 10_000
        ? Math.min(release.exposure.basisPoints, after.exposure.basisPoints)
        : 0;
    const halted = after.halted === undefined ? {} : { halted: after.halted };
    return [{ ...release, ...halted, exposure: { ...release.exposure, basisPoints } }];
  });
  const sentBack = next.sentBack === undefined ? {} : { sentBack: next.sentBack };
  return { ...rest, ...(live === undefined ? {} : { live }), releases, away: next.away, ...sentBack };
}
