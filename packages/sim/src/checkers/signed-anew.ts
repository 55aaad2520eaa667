import { lifetimeMs } from "../world/memory-publisher.ts";
import type { CheckerKind } from "./checker.ts";
import { undisturbed } from "./undisturbed.ts";

const hour = 3_600_000;
/** How much longer than half of its life something may stay as it was signed, in ms: a clock may have jumped since, and somebody has to lead. */
const patienceMs = 8 * hour;
const calmLooks = 3;
const slowWrites = 12;

/** What is signed is signed anew before it expires, also when nothing changes. */
export const signedAnew: CheckerKind = {
  guards: "what is signed is renewed long before it expires",
  create() {
    const isCalm = undisturbed();
    let calm = 0;
    return (world) => {
      calm = isCalm(world) ? calm + 1 : 0;
      const { signed } = world.published;
      if (signed === undefined || calm < calmLooks) return undefined;
      const age = world.clock.now() - signed.trulyAt;
      return age > lifetimeMs / 2 + patienceMs + slowWrites * world.faults.weather.slowMs
        ? `what is signed is ${Math.round(age / hour)} hours old`
        : undefined;
    };
  },
};
