import type { CheckerKind } from "./checker.ts";

/** A machine that has taken a version back, since it was not healthy there, does not try it again, whatever happens to its power. */
export const triedOnce: CheckerKind = {
  guards: "what was rolled back on a machine is not tried there again",
  create() {
    let seen = 0;
    const failed = new Set<string>();
    return (_, fleet, machines) => {
      const known = new Set(machines.all.map(({ id }) => id));
      for (const { client, version, status, ordered } of fleet.sent.slice(seen)) {
        if (!known.has(client)) continue;
        const attempt = `${client} ${version}`;
        if (status === "rolled-back" && ordered !== true) failed.add(attempt);
        if (status === "in-progress" && failed.has(attempt))
          return `${client} tries ${version} again, which failed there`;
      }
      seen = fleet.sent.length;
      return undefined;
    };
  },
};
