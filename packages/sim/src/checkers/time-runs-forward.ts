import { fromRfc3339 } from "@sluice/core/time/instant.ts";
import type { CheckerKind } from "./checker.ts";

/** No event is dated before the one that it follows, whatever the servers' clocks do. */
export const timeRunsForward: CheckerKind = {
  guards: "the log's time never runs backwards",
  create() {
    let seen = 0;
    let last = 0;
    return (world) => {
      const log = world.log();
      for (const { seq, at } of log.slice(seen)) {
        const now = fromRfc3339(at);
        if (now < last) return `event ${seq} is dated ${last - now} ms before the one before it`;
        last = now;
      }
      seen = log.length;
      return undefined;
    };
  },
};
