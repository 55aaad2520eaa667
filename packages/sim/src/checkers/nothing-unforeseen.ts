import type { CheckerKind } from "./checker.ts";

/** Disks, networks and targets fail; what fails without them is a mistake in the code, even where trying again hides it. */
export const nothingUnforeseen: CheckerKind = {
  guards: "nothing fails that no fault explains",
  create: () => (world) => world.mistakes[0],
};
