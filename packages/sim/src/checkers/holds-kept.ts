import { fromRfc3339 } from "@sluice/core/time/instant.ts";
import type { CheckerKind } from "./checker.ts";
import { StagesInForce } from "./stages-in-force.ts";

/** A share stands for as long as its step says, counted from the moment at which its feed was published. */
export const holdsKept: CheckerKind = {
  guards: "a rollout takes each of its steps, and holds it for its time from its publication",
  create() {
    let seen = 0;
    const pipeline = new StagesInForce();
    /** The share that each promotion has, which event asked for it, and since when it is published. */
    const shares = new Map<unknown, { readonly to: number; readonly seq: number; publishedAt?: number }>();
    return (world) => {
      const log = world.log();
      for (const event of log.slice(seen)) {
        const { type, data, seq } = event;
        const at = fromRfc3339(event.at);
        pipeline.hear(event);
        if (type === "FeedsPublished")
          for (const share of shares.values()) if (share.seq <= Number(data.upTo)) share.publishedAt ??= at;
        if (type !== "ExposureRaised" && type !== "WaveBegun") continue;
        const before = shares.get(data.id);
        const hold = before === undefined ? 0 : (pipeline.holdOf(data.stage, before.to) ?? 0);
        if (before !== undefined && at - (before.publishedAt ?? at) < hold)
          return `event ${seq}: ${data.id} left ${before.to} after ${at - (before.publishedAt ?? at)} of ${hold} ms`;
        const next = pipeline.shareAfter(data.stage, type === "WaveBegun" ? 0 : Number(data.from));
        if (next !== undefined && data.to !== next)
          return `event ${seq}: ${data.id} goes from ${data.from ?? "the wave before"} to ${data.to}, and ${next} follows`;
        shares.set(data.id, { to: Number(data.to), seq });
      }
      seen = log.length;
      return undefined;
    };
  },
};
