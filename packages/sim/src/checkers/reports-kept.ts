import type { CheckerKind } from "./checker.ts";

/** What was acknowledged is counted, and nobody is counted twice. A report whose answer was lost may have been counted. */
export const reportsKept: CheckerKind = {
  guards: "no acknowledged report is ever lost, and each client counts once",
  create() {
    const acknowledged = distinct();
    const sent = distinct();
    return (world, fleet) => {
      acknowledged.add(fleet.acknowledged);
      sent.add(fleet.sent);
      const counted = new Map(
        world.reported().map((counts) => [`${counts.channel} ${counts.version}`, counts.reached]),
      );
      for (const [key, clients] of acknowledged.clients) {
        const reached = counted.get(key) ?? 0;
        if (reached < clients.size) return `${key}: ${clients.size} clients were acknowledged, ${reached} are counted`;
      }
      for (const [key, reached] of counted) {
        const most = sent.clients.get(key)?.size ?? 0;
        if (reached > most) return `${key}: ${most} clients reported, ${reached} are counted`;
      }
      return undefined;
    };
  },
};

interface Said {
  readonly channel: string;
  readonly version: string;
  readonly client: string;
}

function distinct() {
  let seen = 0;
  const clients = new Map<string, Set<string>>();
  const add = (reports: readonly Said[]) => {
    for (const { channel, version, client } of reports.slice(seen)) {
      const key = `${channel} ${version}`;
      clients.set(key, (clients.get(key) ?? new Set()).add(client));
    }
    seen = reports.length;
  };
  return { clients, add };
}
