import type { CheckerKind } from "./checker.ts";

/** No promotion starts unless every gate passed at that moment or an override stands in the log before it. */
export const gatesPassed: CheckerKind = {
  guards: "a release is exposed in a stage only when every gate passed at that moment, or an override was recorded",
  create() {
    let seen = 0;
    const overridden = new Set<unknown>();
    return (world) => {
      const log = world.log();
      for (const { type, data, seq } of log.slice(seen)) {
        if (type === "PromotionOverridden") overridden.add(data.id);
        if (type !== "PromotionStarted" || overridden.has(data.id)) continue;
        const gates = Array.isArray(data.gates) ? data.gates : [];
        const closed = gates.find((gate) => gate.verdict !== "pass");
        if (gates.length === 0 || closed !== undefined)
          return `event ${seq}: ${data.id} started with ${closed?.gate ?? "no gates evaluated"}`;
      }
      seen = log.length;
      return undefined;
    };
  },
};
