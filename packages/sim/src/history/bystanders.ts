import type { AppState } from "@sluice/core/application/state.ts";
import type { Random } from "../fleet/random.ts";
import { approvals } from "./episode.ts";
import type { Deed } from "./person.ts";

/** People who say yes to whatever waits, although somebody else has to as well. */
export class Bystanders {
  readonly #who: readonly string[];

  constructor(random: Random) {
    this.#who = random.chance(0.6) ? [] : ["bob", "cleo"];
  }

  /** What they say in this hour. */
  *deeds(state: AppState): Iterable<Deed> {
    for (const actor of this.#who)
      for (const planned of approvals(state, actor, 0)) if ("command" in planned) yield planned;
  }
}
