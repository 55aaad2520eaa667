import type { SimulatedFleet } from "../world/fleet.ts";
import type { Machines } from "../world/machines.ts";
import type { World } from "../world/world.ts";

/** Looks at what the outside can see after every step. @returns what is violated, or undefined. May keep what it has seen. */
export type Checker = (world: World, fleet: SimulatedFleet, machines: Machines) => string | undefined;

/** Makes a checker that has seen nothing yet: one for each history. */
export type CheckerKind = { readonly guards: string; readonly create: () => Checker };
