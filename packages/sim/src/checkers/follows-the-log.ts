import type { CheckerKind } from "./checker.ts";

/** How many looks in a row a server may be behind what stood in the log at the look before. */
const patience = 3;

/** Every server that does not stand still learns of what any of them has stored, although reads fail and news of it are late. */
export const followsTheLog: CheckerKind = {
  guards: "every server follows the log, whatever fails in between",
  create() {
    let before = 0;
    const behind = new Map<object, number>();
    return (world) => {
      const stored = before;
      before = world.log().length;
      for (const server of world.servers()) {
        const seq = server.plane.head(world.app)?.seq ?? 0;
        const stands = server.stalledUntil > world.clock.now();
        const looks = stands || seq >= stored ? 0 : (behind.get(server) ?? 0) + 1;
        behind.set(server, looks);
        if (looks > patience) return `a server is at event ${seq}, and ${stored} were there an hour ago`;
      }
      return undefined;
    };
  },
};
