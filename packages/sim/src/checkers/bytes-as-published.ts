import type { CheckerKind } from "./checker.ts";

/** The manifest that a client is sent to is the one that was published under that version. */
export const bytesAsPublished: CheckerKind = {
  guards: "the bytes offered in a stage have the digests that were published",
  create() {
    let seenEvents = 0;
    let seenOffers = 0;
    const digests = new Map<unknown, unknown>();
    return (world, fleet) => {
      const log = world.log();
      for (const { type, data } of log.slice(seenEvents))
        if (type === "ReleasePublished") digests.set((data.manifest as { version: string }).version, data.digest);
      seenEvents = log.length;
      for (const { to, manifest, client } of fleet.offers.slice(seenOffers))
        if (digests.get(to) !== manifest) return `${client} was sent to another manifest of ${to}`;
      seenOffers = fleet.offers.length;
      return undefined;
    };
  },
};
