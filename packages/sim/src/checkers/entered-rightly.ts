import { Chronicle } from "../chronicle/chronicle.ts";
import { closedToEnter } from "../chronicle/gates.ts";
import type { CheckerKind } from "./checker.ts";
import { wellClients } from "./well-clients.ts";

/** Whoever enters a stage finds every gate open, each derived anew from the log alone, whatever the log says that the gates said. */
export const enteredRightly: CheckerKind = {
  guards: "a release enters a stage only when each of its gates is open, as derived anew from the log",
  create() {
    const told = new Chronicle();
    return (world, fleet) => {
      const well = wellClients(fleet);
      return told.readOn(world, ({ type, data, seq, at }) => {
        if (type !== "PromotionStarted") return undefined;
        const promotion = told.promotions.get(String(data.id));
        const [closed] = promotion === undefined ? [] : closedToEnter(told, promotion, Date.parse(at), well);
        return closed && `${data.id} of ${data.version} entered at ${seq}, and ${closed}`;
      });
    };
  },
};
