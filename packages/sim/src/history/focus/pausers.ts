import type { AppState } from "@sluice/core/application/state.ts";
import type { Random } from "../../fleet/random.ts";
import { approvers } from "../people.ts";
import type { Deed } from "../person.ts";

/** People who stop a rollout to have a look, and go on with it after a while. */
export class Pausers {
  readonly #random: Random;
  readonly #stops: number;
  readonly #goesOn: number;

  constructor(random: Random) {
    this.#random = random;
    this.#stops = random.chance(0.3) ? 0 : random.fraction() * 0.1;
    this.#goesOn = 0.1 + random.fraction() * 0.4;
  }

  /** What they do in this hour. */
  *deeds({ promotions }: AppState): Iterable<Deed> {
    for (const { id, status } of promotions.values()) {
      const actor = approvers[this.#random.below(approvers.length)] ?? "";
      if (status === "active" && this.#random.chance(this.#stops)) {
        const type = this.#random.chance(0.7) ? "PausePromotion" : "HaltRollout";
        yield { actor, command: { type, id, reason: "to have a look" } };
      }
      if (status !== "paused") continue;
      if (this.#random.chance(this.#stops))
        yield { actor, command: { type: "HaltRollout", id, reason: "it looks bad" } };
      if (this.#random.chance(this.#goesOn))
        yield { actor, command: { type: "ResumePromotion", id, reason: "it looks good" } };
    }
  }
}
