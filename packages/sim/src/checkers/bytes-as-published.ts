import type { Manifest } from "@sluice/core/release/manifest.ts";
import type { CheckerKind } from "./checker.ts";

/** The manifest that a client is sent to is the one that was published under that version, when its content was there. */
export const bytesAsPublished: CheckerKind = {
  guards: "the bytes offered in a stage have the digests that were published",
  create() {
    let seenEvents = 0;
    let seenOffers = 0;
    const digests = new Map<unknown, unknown>();
    return (world, fleet) => {
      const log = world.log();
      for (const { type, data } of log.slice(seenEvents)) {
        if (type !== "ReleasePublished") continue;
        const { version, components } = data.manifest as unknown as Manifest;
        digests.set(version, data.digest);
        const missing = components.find(({ sha256 }) => world.api?.content.has(sha256) === false);
        if (missing !== undefined) return `${version} was published, and nobody has uploaded its ${missing.name}`;
      }
      seenEvents = log.length;
      for (const { to, manifest, client } of fleet.offers.slice(seenOffers))
        if (digests.get(to) !== manifest) return `${client} was sent to another manifest of ${to}`;
      seenOffers = fleet.offers.length;
      return undefined;
    };
  },
};
