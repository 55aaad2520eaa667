import { compareVersions } from "@sluice/core/release/version.ts";
import type { CheckerKind } from "./checker.ts";

/** An update leads to a newer version; only who has a version that was taken back is led to an older one. */
export const offersGoForward: CheckerKind = {
  guards: "a client gets nothing older than what it has, unless what it has was taken back",
  create() {
    let seenEvents = 0;
    let seenOffers = 0;
    const takenBack = new Set<string>();
    return (world, fleet) => {
      const log = world.log();
      for (const { type, data } of log.slice(seenEvents)) {
        if (type === "ReleaseWithdrawn")
          for (const { name } of stagesOf(fleet.clients)) takenBack.add(`${name} ${data.version}`);
        if (type === "ArtifactWithdrawn")
          for (const version of data.versions as readonly string[])
            for (const { name } of stagesOf(fleet.clients)) takenBack.add(`${name} ${version}`);
        if (type === "PromotionRolledBack") takenBack.add(`${data.stage} ${data.version}`);
      }
      seenEvents = log.length;
      for (const { client, channel, from, to, back } of fleet.offers.slice(seenOffers)) {
        if (from === undefined) continue;
        if (back && !takenBack.has(`${channel} ${from}`) && !world.state()?.stages.get(channel)?.away.has(from))
          return `${client} was told to leave ${from}, which nobody took back`;
        if (!back && compareVersions(to, from) <= 0) return `${client} with ${from} was offered ${to}`;
      }
      seenOffers = fleet.offers.length;
      return undefined;
    };
  },
};

function stagesOf(clients: readonly { readonly channel: string }[]): { readonly name: string }[] {
  return [...new Set(clients.map(({ channel }) => channel))].map((name) => ({ name }));
}
