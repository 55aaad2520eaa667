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
      // Offers and events of one step are compared with what the log said at its end, so only what was bad before counts.
      const bad = fleet.offers
        .slice(seenOffers)
        .find((offer) => withdrawn.has(offer.to) || away.has(`${offer.channel} ${offer.to}`));
      if (bad !== undefined) return `${bad.client} on ${bad.channel} was offered ${bad.to}`;
      seenOffers = fleet.offers.length;
      const log = world.log();
      for (const { type, data } of log.slice(seenEvents)) {
        if (type === "ReleaseWithdrawn") withdrawn.add(data.version);
        if (type === "PromotionRolledBack") away.add(`${data.stage} ${data.version}`);
        if (type === "PromotionStarted") away.delete(`${data.stage} ${data.version}`);
      }
      seenEvents = log.length;
      return undefined;
    };
  },
};
