import type { AppState } from "@sluice/core/application/state.ts";
import { Random } from "../fleet/random.ts";
import type { World } from "../world/world.ts";
import { Admins } from "./admins.ts";
import { Bystanders } from "./bystanders.ts";
import { Developers } from "./developers.ts";
import type { Shape } from "./draw.ts";
import { Doubters } from "./focus/doubters.ts";
import { Editors } from "./focus/editors.ts";
import { Examiners } from "./focus/examiners.ts";
import { comesWith } from "./focus/focus.ts";
import { Pausers } from "./focus/pausers.ts";
import { Voters } from "./focus/voters.ts";
import { FormalRollbacks } from "./formal.ts";
import { Hasty } from "./hasty.ts";
import type { Deed } from "./person.ts";

/** Whoever does one kind of thing over and over, each with random numbers of their own. */
export class Colleagues {
  readonly #world: World;
  readonly #all: readonly { deeds(state: AppState): Iterable<Deed> }[];
  readonly #admins: Admins;

  constructor(seed: number, world: World, { focus, mostStages }: Pick<Shape, "focus" | "mostStages">) {
    this.#world = world;
    const more = new Random(seed, 28);
    this.#all = [
      ...(comesWith(focus, "checks") || more.chance(0.3) ? [new Examiners(more)] : []),
      ...(comesWith(focus, "pauses") ? [new Pausers(more)] : []),
      ...(focus === undefined ? [] : [new Editors(more, focus, mostStages)]),
      ...(comesWith(focus, "votes") ? [new Voters(more)] : []),
      ...(comesWith(focus, "doubts") ? [new Doubters(more)] : []),
      new FormalRollbacks(new Random(seed, 20), focus === "rollback-requests"),
      new Hasty(new Random(seed, 21)),
      new Bystanders(new Random(seed, 26)),
      new Developers(new Random(seed, 23), world.repository, focus === "promote-on" || focus === "git"),
    ];
    this.#admins = new Admins(new Random(seed, 24), focus === "policies");
  }

  /** Gives what they do in this hour. */
  work(): void {
    const state = this.#world.state();
    if (state === undefined) return;
    for (const colleague of this.#all)
      for (const { command, actor } of colleague.deeds(state)) this.#world.give(command, actor);
    for (const rule of this.#admins.rules(state)) void this.#world.rule(rule);
  }
}
