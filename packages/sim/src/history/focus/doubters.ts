import { type AppState, stageOf } from "@sluice/core/application/state.ts";
import type { Random } from "../../fleet/random.ts";
import { approvers } from "../people.ts";
import type { Deed } from "../person.ts";

/** People who go back and forth between the releases that a stage had: who take back, withdraw what it had before, and want another one again. */
export class Doubters {
  readonly #random: Random;
  readonly #doubts: number;

  constructor(random: Random) {
    this.#random = random;
    this.#doubts = 0.03 + random.fraction() * 0.15;
  }

  /** What they do in this hour. */
  *deeds(state: AppState): Iterable<Deed> {
    for (const { name: stage } of state.pipeline?.pipeline.stages ?? []) {
      if (!this.#random.chance(this.#doubts)) continue;
      const actor = this.#pick(approvers) ?? "";
      for (const command of this.#doubt(state, stage)) yield { actor, command };
    }
  }

  #doubt(state: AppState, stage: string): Deed["command"][] {
    const { completed, away, hold, live, waiting } = stageOf(state, stage);
    const good = [...completed.keys()];
    const newest = [...state.releases.keys()].slice(-4);
    const staged = this.#random.chance(0.4) ? { staged: true } : {};
    const back = { type: "RollBack", stage, reason: "it was better before", ...staged } as const;
    const kind = this.#random.fraction();
    if (kind < 0.15) return [back];
    if (kind < 0.2)
      return live === undefined ? [] : [{ type: "RecallRollout", id: live.promotion, reason: "it was better before" }];
    if (kind < 0.3)
      return this.#named(this.#random.chance(0.6) ? good : newest.slice(-2)).map((to) => ({ ...back, to }));
    if (kind < 0.55) {
      const withdrawn = this.#named(good.slice(-4, -1)).map(
        (version) => ({ type: "WithdrawRelease", version, reason: "it has a hole" }) as const,
      );
      return this.#random.chance(0.6) ? [...withdrawn, back] : withdrawn;
    }
    const policies = this.#random.chance(0.6) ? { policies: true } : {};
    const anyway = { type: "RequestPromotion", stage, override: "it was right", ...policies } as const;
    if (kind < 0.7) return this.#named([...away]).map((version) => ({ ...anyway, version }));
    if (kind < 0.8) return this.#named(newest.slice(-1)).map((version) => ({ ...anyway, version }));
    if (kind < 0.9) return this.#named(newest).map((version) => ({ type: "RequestPromotion", version, stage }));
    if (kind < 0.95)
      return this.#named(waiting.toArray()).map((id) => ({ type: "AbortPromotion", id, reason: "it was wrong" }));
    return hold === undefined ? [] : [{ type: "ResumeAutoPromotion", stage }];
  }

  /** One of them, where there are any. */
  #named(versions: readonly string[]): string[] {
    const one = this.#pick(versions);
    return one === undefined ? [] : [one];
  }

  #pick<T>(items: readonly T[]): T | undefined {
    return items[this.#random.below(Math.max(1, items.length))];
  }
}
