import type { AppState } from "@sluice/core/application/state.ts";
import { parsePolicy } from "@sluice/core/policy/parse.ts";
import type { RulesCommand } from "@sluice/core/rules/rules.ts";
import type { Random } from "../fleet/random.ts";

/** Admins who lay down which stages there may be and which ranges of versions are blocked, for some days. */
export class Admins {
  readonly #random: Random;
  readonly #lays: number;

  /** @param often whether they do it in this history in any case */
  constructor(random: Random, often: boolean) {
    this.#random = random;
    if (often) this.#lays = 0.02 + random.fraction() * 0.1;
    else this.#lays = random.chance(0.5) ? 0 : random.fraction() * 0.03;
  }

  /** What they lay down or take away in this hour. */
  *rules({ policies, pipeline, releases }: AppState): Iterable<RulesCommand> {
    const name = "limits";
    if (policies.has(name) && this.#random.chance(0.05)) yield { type: "RemovePolicy", name, reason: "that is over" };
    if (!this.#random.chance(this.#lays)) return;
    const stages = (pipeline?.pipeline.stages ?? []).map((stage) => stage.name).filter(() => this.#random.chance(0.7));
    const from = Math.max(0, releases.size - 3 + this.#random.below(4));
    const demands = [
      ...(this.#random.chance(0.5) && stages.length > 0 ? [`allowedChannels: [${stages.join(", ")}]`] : []),
      ...(this.#random.chance(0.6)
        ? [`blockedVersions: [">=1.${from}.0 <1.${from + 1 + this.#random.below(2)}.0"]`]
        : []),
    ];
    const source = `apiVersion: sluice/v1\nkind: policy\nname: ${name}\n${demands.join("\n")}\n`;
    const read = parsePolicy(source);
    if (!("policy" in read)) throw new Error(`the drawn policy is invalid: ${JSON.stringify(read)}\n${source}`);
    yield { type: "ApplyPolicy", policy: read.policy, source };
  }
}
