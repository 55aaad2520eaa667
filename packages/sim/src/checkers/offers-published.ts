import type { CheckerKind } from "./checker.ts";

/** Nobody is offered what the signed feed does not offer them: they could not verify it. With several servers their files take turns. */
export const offersPublished: CheckerKind = {
  guards: "a release is offered only once its signed feed is published",
  create() {
    let seen = 0;
    return (world, fleet) => {
      const bad = world.states().length > 1 ? undefined : fleet.offers.slice(seen).find(({ published }) => !published);
      seen = fleet.offers.length;
      return bad && `${bad.client} was offered ${bad.to}, which its published feed does not offer`;
    };
  },
};
