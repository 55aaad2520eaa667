import type { CheckerKind } from "./checker.ts";

/** Nobody is let in by a grant of a server that no longer leads, whatever it believes. */
export const letInByTheLeader: CheckerKind = {
  guards: "a grant counts only while its holder has the controller's lease",
  create() {
    let seen = 0;
    return (world) => {
      const fresh = world.admissions.slice(seen);
      seen += fresh.length;
      const bad = fresh.find(({ led }) => !led);
      return bad && `${bad.client} was let in to ${bad.promotion} by the grant of a server that did not lead`;
    };
  },
};
