import { fromRfc3339 } from "@sluice/core/time/instant.ts";
import { isYes } from "../chronicle/approvals.ts";
import { Chronicle } from "../chronicle/chronicle.ts";
import { barred } from "../chronicle/waves.ts";
import type { CheckerKind } from "./checker.ts";
import { wellClients } from "./well-clients.ts";

/** Waves begin one after the other, each when the whole of the one before has it and its barrier is met; and a promotion is complete only with the last. */
export const wavesKept: CheckerKind = {
  guards: "the next wave begins only once the one before has it and its barrier is met, and the last ends the rollout",
  create() {
    const told = new Chronicle();
    return (world, fleet) => {
      const well = wellClients(fleet);
      return told.readOn(world, ({ type, data, at }) => {
        const promotion = told.promotions.get(String(data.id));
        if (promotion === undefined || promotion.waves.length === 0) return undefined;
        const { wave, waves, stage, version } = promotion;
        if (type === "PromotionCompleted")
          return wave === waves.length ? undefined : `it is in wave ${wave} of ${waves.length}`;
        if (type !== "WaveBegun") return undefined;
        if (data.wave !== wave + 1 || data.name !== waves[wave]?.name) return `wave ${data.wave} follows on ${wave}`;
        const now = fromRfc3339(at);
        const asked = waves[wave - 1]?.barrier?.approval;
        return barred(promotion, now, {
          well: well(stage, version),
          isYes: (one) => asked === undefined || isYes(told, asked, one, now),
        });
      });
    };
  },
};
