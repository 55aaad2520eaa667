import type { SimulatedFleet } from "../world/fleet.ts";
import type { CheckerKind } from "./checker.ts";

/** What was acknowledged is counted, and nobody is counted twice. A report whose answer was lost may have been counted. */
export const reportsKept: CheckerKind = {
  guards: "no acknowledged report is ever lost, and each client counts once, as what it said",
  create() {
    const acknowledged = heard();
    const sent = heard();
    return (world, fleet) => {
      acknowledged.add(fleet.acknowledged);
      sent.add(fleet.sent);
      const counted = new Map(world.reported().map((counts) => [`${counts.channel} ${counts.version}`, counts]));
      for (const key of new Set([...counted.keys(), ...acknowledged.clients.keys()])) {
        const { reached = 0, healthy = 0, failed = 0 } = counted.get(key) ?? {};
        const [least, most] = [acknowledged.of(key), sent.of(key)];
        // Who was harmed counts as healthy no more, and may have been heard although nobody acknowledged it.
        const mayBeHarmed = most.harmed.union(most.mayBeHarmed);
        const well = [...least.well].filter((client) => !mayBeHarmed.has(client)).length;
        for (const [what, count, from, to] of [
          ["reached", reached, least.all.size, most.all.size],
          ["harmed", failed, least.harmed.size, mayBeHarmed.size],
          ["well", healthy, well, most.well.difference(least.harmed).size],
        ] as const)
          if (count < from || count > to)
            return `${key}: ${count} clients count as ${what}; ${from} were told that they do, and ${to} said so`;
      }
      return undefined;
    };
  },
};

interface Said {
  readonly all: Set<string>;
  readonly well: Set<string>;
  readonly harmed: Set<string>;
  readonly mayBeHarmed: Set<string>;
}

/** Who has said what of each version. */
function heard() {
  let seen = 0;
  const clients = new Map<string, Said>();
  const of = (key: string): Said =>
    clients.get(key) ?? { all: new Set(), well: new Set(), harmed: new Set(), mayBeHarmed: new Set() };
  const add = (reports: SimulatedFleet["sent"]) => {
    for (const { channel, version, client, status, ordered } of reports.slice(seen)) {
      // Who only put an update off does not have it.
      if (status === "deferred") continue;
      const said = of(`${channel} ${version}`);
      clients.set(`${channel} ${version}`, said);
      said.all.add(client);
      if (status === "completed") said.well.add(client);
      // Whether it was told to go back is the server's to know: it may count as harm, and need not.
      if (status === "failed" || (status === "rolled-back" && ordered !== true)) said.harmed.add(client);
      if (ordered === true) said.mayBeHarmed.add(client);
    }
    seen = reports.length;
  };
  return { clients, of, add };
}
