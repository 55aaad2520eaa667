import type { AppState } from "@sluice/core/application/state.ts";
import { Random } from "../fleet/random.ts";
import type { World } from "../world/world.ts";
import { FormalRollbacks } from "./formal.ts";
import { Hasty } from "./hasty.ts";
import type { Deed } from "./person.ts";

/** Whoever does one kind of thing over and over, each with random numbers of their own. */
export class Colleagues {
  readonly #world: World;
  readonly #all: readonly { deeds(state: AppState): Iterable<Deed> }[];

  constructor(seed: number, world: World) {
    this.#world = world;
    this.#all = [new FormalRollbacks(new Random(seed, 20)), new Hasty(new Random(seed, 21))];
  }

  /** Gives what they do in this hour. */
  work(): void {
    const state = this.#world.state();
    if (state === undefined) return;
    for (const colleague of this.#all)
      for (const { command, actor } of colleague.deeds(state)) this.#world.give(command, actor);
  }
}
