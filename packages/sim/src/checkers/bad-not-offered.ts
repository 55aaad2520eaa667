import type { CheckerKind } from "./checker.ts";

/** Nobody is offered a version that was withdrawn, or rolled back in their stage and not asked for again. */
export const badNotOffered: CheckerKind = {
  guards: "after a failing verdict the bad release is not offered again; a withdrawn one is offered nowhere",
  create() {
    let seenEvents = 0;
    let seenOffers = 0;
    /** By version, or by stage and version: the event that said so. */
    const withdrawn = new Map<unknown, number>();
    const away = new Map<string, number>();
    return (world, fleet) => {
      const fresh = world.log().slice(seenEvents);
      // Offers and events of one step are compared as wholes: what counts is what was bad before it and was not let in during it.
      for (const { type, data } of fresh) if (type === "PromotionStarted") away.delete(`${data.stage} ${data.version}`);
      const bad = fleet.offers
        .slice(seenOffers)
        // A server that has not heard of it yet offers it still.
        .find(({ channel, to, seq }) =>
          [withdrawn.get(to), away.get(`${channel} ${to}`)].some((since) => since !== undefined && since <= seq),
        );
      if (bad !== undefined) return `${bad.client} on ${bad.channel} was offered ${bad.to}`;
      seenOffers = fleet.offers.length;
      for (const { type, data, seq } of fresh) {
        if (type === "ReleaseWithdrawn") withdrawn.set(data.version, seq);
        if (type === "ArtifactWithdrawn") for (const version of data.versions as string[]) withdrawn.set(version, seq);
        if (type === "PromotionRolledBack") away.set(`${data.stage} ${data.version}`, seq);
        if (type === "PromotionStarted") away.delete(`${data.stage} ${data.version}`);
      }
      seenEvents += fresh.length;
      return undefined;
    };
  },
};
