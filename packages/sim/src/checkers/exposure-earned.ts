import type { CheckerKind } from "./checker.ts";

type Analysis = { readonly verdict?: unknown };

/** A share rises, and a promotion completes, on nothing but passing analyses; its feeds are published by then. */
export const exposureEarned: CheckerKind = {
  guards: "exposure rises only on a passing analysis, and each step counts from its publication",
  create() {
    let seen = 0;
    /** Where each promotion's exposure was asked for, and up to which event the feeds are published. */
    const asked = new Map<unknown, number>();
    let published = 0;
    return (world) => {
      const log = world.log();
      for (const { type, data, seq } of log.slice(seen)) {
        if (type === "FeedsPublished") published = Math.max(published, Number(data.upTo));
        const rises = type === "WaveBegun" || (type === "ExposureRaised" && Number(data.from) > 0);
        if (rises || type === "PromotionCompleted") {
          const { analysis } = data.evidence as { analysis?: readonly Analysis[] };
          const bad = analysis?.find(({ verdict }) => verdict !== "pass");
          if (analysis === undefined || bad !== undefined)
            return `event ${seq}: ${data.id} went on with ${bad?.verdict ?? "no analysis"}`;
          if ((asked.get(data.id) ?? 0) > published)
            return `event ${seq}: ${data.id} went on before its last step was published`;
        }
        if (type === "ExposureRaised" || type === "WaveBegun") asked.set(data.id, seq);
      }
      seen = log.length;
      return undefined;
    };
  },
};
