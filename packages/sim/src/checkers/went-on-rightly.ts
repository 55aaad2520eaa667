import { Chronicle } from "../chronicle/chronicle.ts";
import { closedToGoOn } from "../chronicle/gates.ts";
import type { CheckerKind } from "./checker.ts";
import { wellClients } from "./well-clients.ts";

/** No share rises, no ration is granted and nothing completes while a gate is closed that was open at the entrance. */
export const wentOnRightly: CheckerKind = {
  guards:
    "exposure rises only while every gate is open, as derived anew from the log; one that closes holds it where it is",
  create() {
    const told = new Chronicle();
    return (world, fleet) => {
      const well = wellClients(fleet);
      return told.readOn(world, ({ type, data, at }) => {
        const rises = type === "ExposureRaised" && data.from !== 0;
        if (!rises && type !== "WaveBegun" && type !== "RationGranted" && type !== "PromotionCompleted")
          return undefined;
        const promotion = told.promotions.get(String(data.id));
        if (promotion === undefined) return `nobody asked for ${data.id}`;
        if (promotion.way !== "active") return `${data.id} went on while it was ${promotion.way}`;
        const [closed] = closedToGoOn(told, promotion, Date.parse(at), well);
        return closed && `${data.id} of ${data.version} went on, and ${closed}`;
      });
    };
  },
};
