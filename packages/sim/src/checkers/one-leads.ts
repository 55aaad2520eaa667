import { calmness } from "./calmness.ts";
import type { CheckerKind } from "./checker.ts";
import { Overdue } from "./overdue.ts";

/** How long it may take until who has lost the lease knows it, or another has it, in ms; where clocks jump, a lease of the log's time lasts longer. */
const patienceMs = { steady: 3 * 3_600_000, jumping: 12 * 3_600_000 } as const;
const slowWrites = 12;

/** Servers that ask for a lease agree soon on who leads. */
export const oneLeads: CheckerKind = {
  guards: "of servers that share a store one leads, and only one, once nothing keeps them from it",
  create() {
    const isCalm = calmness();
    const overdue = new Overdue({ needsTurn: false });
    return (world) => {
      const asking = world.servers().filter(({ leadership }) => leadership !== undefined);
      const leading = asking.filter(({ leadership }) => leadership?.leads).length;
      const { clockJump, slowMs } = world.faults.weather;
      const mostMs = (clockJump > 0 ? patienceMs.jumping : patienceMs.steady) + slowWrites * slowMs;
      const wrong = isCalm(world) && asking.length > 0 && leading !== 1;
      return overdue.look(world, new Map(wrong ? [[`${leading} of ${asking.length} servers lead`, mostMs]] : []));
    };
  },
};
