import { Chronicle } from "../chronicle/chronicle.ts";
import type { CheckerKind } from "./checker.ts";

/** A decision ends: a share does not rise again and again in a pause, and a failure is not told again and again while nothing follows from it. */
export const decisionsEnd: CheckerKind = {
  guards:
    "every decision ends: no rise in a pause, no failing verdict from which nothing follows, nothing again and again",
  create() {
    const told = new Chronicle();
    return (world) => {
      const fact = world.unsettled[0]?.at(-1);
      if (fact === undefined) return undefined;
      told.readTo(world, world.log().length);
      const { type } = fact;
      const data: Readonly<Record<string, unknown>> = fact.data;
      const promotion = told.promotions.get(String(data.id));
      if (type === "ExposureRaised") return `${data.id} rises again and again while it is ${promotion?.way}`;
      if (type === "IssueOpened") return `issues say again and again, and nothing follows: ${data.title}`;
      return `${type} is decided again and again`;
    };
  },
};
