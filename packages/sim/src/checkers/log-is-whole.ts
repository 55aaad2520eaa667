import { emptyHead, isBroken, verifyChain } from "@sluice/core/log/chain.ts";
import type { CheckerKind } from "./checker.ts";

/** The log is numbered without gaps and its chain verifies. */
export const logIsWhole: CheckerKind = {
  guards: "state is reproducible from the log alone; the chain verifies",
  create() {
    let head = emptyHead;
    return (world) => {
      const result = verifyChain(world.app, head, world.log().slice(head.seq));
      if (isBroken(result)) return `event ${result.seq}: ${result.reason}`;
      head = result;
      return undefined;
    };
  },
};
