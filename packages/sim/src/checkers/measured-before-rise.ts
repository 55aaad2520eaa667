import type { SealedEvent } from "@sluice/core/log/event.ts";
import { fromRfc3339 } from "@sluice/core/time/instant.ts";
import { Chronicle } from "../chronicle/chronicle.ts";
import type { WellClients } from "../chronicle/gates.ts";
import { ToldMeasurements } from "../chronicle/measurements.ts";
import type { ToldPromotion } from "../chronicle/told.ts";
import type { CheckerKind } from "./checker.ts";
import { wellClients } from "./well-clients.ts";

/**
 * Each of a stage's analyses that measure has passed as often as it must since the exposure rose last or somebody let it go on, the last time
 * not long ago, and has not failed too often. The same of a window of verification that ends.
 */
export const measuredBeforeRise: CheckerKind = {
  guards: "exposure rises, and a promotion completes, only on a passing analysis",
  create() {
    const told = new Chronicle();
    const measurements = new ToldMeasurements();
    return (world, fleet) => {
      const well = wellClients(fleet);
      return told.readOn(world, (event) => {
        const promotion = told.promotions.get(String(event.data.id));
        const lacking =
          promotion !== undefined && goesOn(told, event)
            ? (measurements.lacking(told, promotion, fromRfc3339(event.at)) ?? unheard(told, promotion, well))
            : undefined;
        if (lacking !== undefined) return `${event.data.id} goes on, and ${lacking}`;
        return measurements.hear(told, event);
      });
    };
  },
};

/** Whether somebody gets a release who did not before, or it is called good. Whoever gets it first gets it before anything can be measured. */
function goesOn(told: Chronicle, { type, data }: SealedEvent): boolean {
  if (type === "ExposureRaised")
    return data.from !== 0 || told.spec(String(data.stage))?.rollout.evidence !== undefined;
  return (
    type === "WaveBegun" || type === "RationGranted" || type === "PromotionCompleted" || type === "PromotionVerified"
  );
}

/** Fewer clients said that they are well than prove anything. */
function unheard(told: Chronicle, { stage, version }: ToldPromotion, well: WellClients): string | undefined {
  const asked = told.spec(stage)?.analysis.flatMap(({ clients }) => clients?.["min-clients"] ?? []) ?? [];
  const least = Math.max(0, ...asked);
  return least > 0 && well(stage, version) < least ? `fewer than ${least} clients said that they are well` : undefined;
}
