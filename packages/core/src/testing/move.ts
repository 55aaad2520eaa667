import fc from "fast-check";
import type { World } from "./world.ts";

/** Something that may happen to an application: sensible, late, doubled, or nonsense. */
export interface Move {
  readonly make: (world: World) => void;
}

/** A move that a counterexample prints as `text`. */
export function move(text: string, make: Move["make"]): Move {
  return Object.assign({ make }, { [fc.toStringMethod]: () => text });
}

/** The id of the nth promotion there ever was, or one that does not exist. */
export function idOf(world: World, n: number): string {
  return [...world.state.promotions.keys()][n] ?? "dev-99";
}
