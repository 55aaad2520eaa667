import type { CheckerKind } from "./checker.ts";

/** What the log says was published was published, and it says so once. */
export const effectsRecordedOnce: CheckerKind = {
  guards: "an effect's result is recorded exactly once, and only after the effect",
  create() {
    let seen = 0;
    let upTo = 0;
    return (world) => {
      const log = world.log();
      for (const { type, data, seq } of log.slice(seen)) {
        if (type !== "FeedsPublished") continue;
        if (Number(data.upTo) <= upTo) return `event ${seq}: the publication up to ${data.upTo} is recorded again`;
        upTo = Number(data.upTo);
        for (const [channel, digest] of Object.entries(data.feeds as Record<string, string>))
          if (!world.published.ever.has(digest)) return `event ${seq}: ${channel} is recorded, but was never published`;
      }
      seen = log.length;
      return undefined;
    };
  },
};
