import type { CheckerKind } from "./checker.ts";

/** Nobody is offered a version that was withdrawn, or rolled back in their stage and not asked for again. */
export const badNotOffered: CheckerKind = {
  guards: "after a failing verdict the bad release is not offered again; a withdrawn one is offered nowhere",
  create() {
    let seenEvents = 0;
    let seenOffers = 0;
    const withdrawn = new Set<unknown>();
    const away = new Set<string>();
    return (world, fleet) => {
      const fresh = world.log().slice(seenEvents);
      // Offers and events of one step are compared as wholes: what counts is what was bad before it and was not let in during it.
      for (const { type, data } of fresh) if (type === "PromotionStarted") away.delete(`${data.stage} ${data.version}`);
      const bad = fleet.offers
        .slice(seenOffers)
        .find((offer) => withdrawn.has(offer.to) || away.has(`${offer.channel} ${offer.to}`));
      if (bad !== undefined) return `${bad.client} on ${bad.channel} was offered ${bad.to}`;
      seenOffers = fleet.offers.length;
      for (const { type, data } of fresh) {
        if (type === "ReleaseWithdrawn") withdrawn.add(data.version);
        if (type === "ArtifactWithdrawn") for (const version of data.versions as string[]) withdrawn.add(version);
        if (type === "PromotionRolledBack") away.add(`${data.stage} ${data.version}`);
        if (type === "PromotionStarted") away.delete(`${data.stage} ${data.version}`);
      }
      seenEvents += fresh.length;
      return undefined;
    };
  },
};
