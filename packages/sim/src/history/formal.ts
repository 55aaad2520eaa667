import type { AppState } from "@sluice/core/application/state.ts";
import { stageOf } from "@sluice/core/application/state.ts";
import type { Random } from "../fleet/random.ts";
import { approvers, groupsOf, publisher } from "./people.ts";
import type { Deed } from "./person.ts";

/** People who ask others whether a stage may go back, and those others: some histories have them often, others never. */
export class FormalRollbacks {
  readonly #random: Random;
  /** How likely each thing is in an hour: that somebody asks, that a person says something of what was asked. */
  readonly #asks: number;
  readonly #answers: number;
  readonly #rejects: number;

  readonly #late: number;

  /** @param often whether they do it in this history in any case */
  constructor(random: Random, often: boolean) {
    this.#random = random;
    this.#asks = often ? 0.05 + random.fraction() * 0.3 : random.chance(0.4) ? 0 : random.fraction() * 0.15;
    this.#answers = random.chance(0.4) ? random.fraction() * (often ? 0.1 : 0.02) : random.fraction() * 0.3;
    this.#late = often ? 0.5 : 0.05;
    this.#rejects = random.fraction() * 0.3;
  }

  /** What they do in this hour. */
  *deeds(state: AppState): Iterable<Deed> {
    for (const { name: stage } of state.pipeline?.pipeline.stages ?? []) {
      const { rollbackRequest: id, completed } = stageOf(state, stage);
      if (this.#random.chance(this.#asks)) {
        const known = this.#random.chance(0.7) ? [...completed.keys()] : [...state.releases.keys()].slice(-2);
        const named = this.#random.chance(0.4) ? this.#pick(known) : undefined;
        const to = named === undefined ? {} : { to: named };
        yield this.#by({ type: "RequestRollback", stage, reason: "customers complain", ...to });
      }
      // Some are late, and answer what was closed meanwhile.
      const answered = id ?? (this.#random.chance(this.#late) ? [...state.rollbackRequests.keys()].at(-1) : undefined);
      if (answered === undefined) continue;
      for (const actor of [...approvers, publisher]) {
        if (!this.#random.chance(this.#answers)) continue;
        const type = this.#random.chance(this.#rejects) ? "RejectRollback" : "ApproveRollback";
        yield { actor, command: { type, stage, id: answered, groups: groupsOf(actor), comment: "I looked at it" } };
      }
    }
  }

  #by(command: Deed["command"]): Deed {
    return { actor: this.#pick([...approvers, publisher]) ?? publisher, command };
  }

  #pick<T>(items: readonly T[]): T | undefined {
    return items[this.#random.below(Math.max(1, items.length))];
  }
}
