import { fromRfc3339 } from "@sluice/core/time/instant.ts";
import type { CheckerKind } from "./checker.ts";
import { StagesInForce } from "./stages-in-force.ts";

/** Whoever enters a stage has been fully rolled out in the stage before for the whole soak; counted from the log's own times. */
export const soakKept: CheckerKind = {
  guards: "a release enters a stage only after its soak in the stage before",
  create() {
    let seen = 0;
    const pipeline = new StagesInForce();
    /** Since when each release is complete in a stage; none when it was rolled back there since. */
    const complete = new Map<string, number>();
    const overridden = new Set<unknown>();
    return (world) => {
      const log = world.log();
      for (const event of log.slice(seen)) {
        const { type, data, seq } = event;
        const at = fromRfc3339(event.at);
        pipeline.hear(event);
        const key = `${data.stage} ${data.version}`;
        if (type === "PromotionCompleted") complete.set(key, at);
        if (type === "PromotionRolledBack") complete.delete(key);
        if (type === "PromotionOverridden") overridden.add(data.id);
        if (type !== "PromotionStarted" || overridden.has(data.id)) continue;
        const before = pipeline.before(data.stage);
        const soak = pipeline.soakOf(data.stage);
        if (before === undefined || soak === undefined) continue;
        const since = complete.get(`${before} ${data.version}`);
        if (since === undefined) return `event ${seq}: ${data.id} started, but is not complete in ${before}`;
        if (at - since < soak) return `event ${seq}: ${data.id} started after ${at - since} ms of a soak of ${soak} ms`;
      }
      seen = log.length;
      return undefined;
    };
  },
};
