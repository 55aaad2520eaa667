import type { CheckerKind } from "./checker.ts";

/** What somebody was told is done stays in the log, as it was told. */
export const acknowledgedKept: CheckerKind = {
  guards: "no acknowledged event is ever lost",
  create() {
    let seen = 0;
    return (world) => {
      const log = world.log();
      for (const event of world.acknowledged.slice(seen)) {
        if (log[event.seq - 1]?.hash !== event.hash)
          return `event ${event.seq}, ${event.type}, was acknowledged and is not in the log`;
      }
      seen = world.acknowledged.length;
      return undefined;
    };
  },
};
