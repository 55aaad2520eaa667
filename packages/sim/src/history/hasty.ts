import { isVerified } from "@sluice/core/analysis/verification.ts";
import { type AppState, stageOf } from "@sluice/core/application/state.ts";
import { compareVersions } from "@sluice/core/release/version.ts";
import type { Random } from "../fleet/random.ts";
import { approvers, publisher } from "./people.ts";
import type { Deed } from "./person.ts";

/** People who do not wait for a release to be verified before they send the next one after it, and regret that. */
export class Hasty {
  readonly #random: Random;
  /** How likely each thing is in an hour in which it can be done. */
  readonly #hurries: number;
  readonly #regrets: number;

  constructor(random: Random) {
    this.#random = random;
    this.#hurries = random.chance(0.6) ? 0 : random.fraction() * 0.2;
    this.#regrets = random.fraction() * 0.2;
  }

  /** What they do in this hour. */
  *deeds(state: AppState): Iterable<Deed> {
    for (const { name: stage } of state.pipeline?.pipeline.stages ?? []) {
      const good = [...stageOf(state, stage).completed.keys()];
      const live = good.at(-1);
      if (live === undefined) continue;
      const actor = [...approvers, publisher][this.#random.below(4)] ?? publisher;
      const newest = [...state.releases.keys()].at(-1) ?? live;
      const isNewer = compareVersions(newest, live) > 0;
      if (isNewer && !isVerified(state, stage, live) && this.#random.chance(this.#hurries))
        yield {
          actor,
          command: { type: "RequestPromotion", version: newest, stage, override: "it cannot wait", policies: true },
        };
      const passedOver = good.at(-2);
      const wasHasty = passedOver !== undefined && !isVerified(state, stage, passedOver);
      if (!wasHasty || good.length < 3 || !this.#random.chance(this.#regrets)) continue;
      const reason = "it came too soon";
      const isWithdrawn = this.#random.chance(0.4);
      yield {
        actor,
        command: isWithdrawn ? { type: "WithdrawRelease", version: live, reason } : { type: "RollBack", stage, reason },
      };
    }
  }
}
