import type { AppState } from "@sluice/core/application/state.ts";
import type { Random } from "../../fleet/random.ts";
import { approvers, groupsOf, publisher } from "../people.ts";
import type { Deed } from "../person.ts";

/** People who say yes or no to what waits, or has waves that wait, each as often as it is their way; some never do. */
export class Voters {
  readonly #random: Random;
  readonly #says: ReadonlyMap<string, number>;
  readonly #rejects: number;

  constructor(random: Random) {
    this.#random = random;
    this.#says = new Map(
      [...approvers, publisher].map((name) => [name, random.chance(0.3) ? 0 : random.fraction() * 0.3]),
    );
    this.#rejects = random.chance(0.5) ? 0 : random.fraction() * 0.3;
  }

  /** What they say in this hour. */
  *deeds({ promotions }: AppState): Iterable<Deed> {
    for (const { id, status } of promotions.values()) {
      if (status !== "waiting" && status !== "active") continue;
      for (const [actor, often] of this.#says) {
        if (!this.#random.chance(often)) continue;
        const type = this.#random.chance(this.#rejects) ? "RejectPromotion" : "ApprovePromotion";
        yield { actor, command: { type, id, groups: groupsOf(actor), comment: "I had a look" } };
      }
    }
  }
}
