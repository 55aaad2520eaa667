import type { CheckerKind } from "./checker.ts";

/** What was acknowledged is counted, and nobody is counted twice. */
export const reportsKept: CheckerKind = {
  guards: "no acknowledged report is ever lost, and each client counts once",
  create() {
    let seen = 0;
    const reached = new Map<string, Set<string>>();
    return (world, fleet) => {
      for (const { channel, version, client } of fleet.acknowledged.slice(seen)) {
        const key = `${channel} ${version}`;
        reached.set(key, (reached.get(key) ?? new Set()).add(client));
      }
      seen = fleet.acknowledged.length;
      for (const counts of world.reported()) {
        const expected = reached.get(`${counts.channel} ${counts.version}`)?.size ?? 0;
        if (counts.reached !== expected)
          return `${counts.channel} ${counts.version}: ${expected} clients were acknowledged, ${counts.reached} are counted`;
      }
      return undefined;
    };
  },
};
