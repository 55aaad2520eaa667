import type { AppState } from "@sluice/core/application/state.ts";
import type { ForgeChange } from "@sluice/core/forge/change.ts";
import { sha256Hex } from "@sluice/core/log/digest.ts";
import type { Random } from "../fleet/random.ts";
import type { Repository } from "../world/repository.ts";
import type { Deed } from "./person.ts";
import { commitOf } from "./source.ts";

/** Developers who tag and merge what was released, sometimes wrongly, and the forge that tells of it: late, twice, or not at all. */
export class Developers {
  readonly #random: Random;
  readonly #source: Repository;
  readonly #works: number;
  readonly #errs: number;
  /** How many of the newest releases they still have in mind. */
  readonly #inMind: number;
  /** How much they do in an hour at most. */
  readonly #most: number;
  readonly #loses: number;
  readonly #repeats: number;
  readonly #told: Extract<Deed["command"], { type: "RecordForgeChange" }>[] = [];

  /** @param often whether they have a lot to do in any case */
  constructor(random: Random, source: Repository, often: boolean) {
    this.#random = random;
    this.#source = source;
    this.#works = (often ? 0.5 : 0.05) + random.fraction() * 0.4;
    this.#errs = random.fraction() * 0.4;
    this.#inMind = often ? 3 : 6;
    this.#most = often ? 3 : 1;
    this.#loses = random.chance(0.5) ? 0 : random.fraction() * 0.3;
    this.#repeats = random.chance(0.3) ? 0 : random.fraction() * (often ? 0.4 : 0.1);
  }

  /** What they do in this hour; nothing where nobody asks for it. */
  *deeds({ releases, pipeline }: AppState): Iterable<Deed> {
    const asks = pipeline?.pipeline.stages.some(
      (stage) => stage["promote-on"] !== undefined || stage.gates.some(({ git }) => git !== undefined),
    );
    if (asks !== true) return;
    const versions = [...releases.keys()].slice(-this.#inMind);
    for (let works = 0; versions.length > 0 && works < this.#most && this.#random.chance(this.#works); works++)
      yield* this.#tellOf(this.#work(versions));
    const again = this.#told[this.#random.below(Math.max(1, this.#told.length))];
    if (again !== undefined && this.#random.chance(this.#repeats)) yield { actor: "github:dora", command: again };
  }

  #work(versions: readonly string[]): ForgeChange {
    const version = this.#pick(versions);
    const { tags, branches } = this.#source;
    const isWrong = this.#random.chance(this.#errs);
    const commit = commitOf(isWrong ? this.#pick(versions) : version);
    const tag = this.#random.chance(0.15) ? "production" : `v${version}`;
    if (this.#random.chance(0.4)) {
      const branch = this.#random.chance(0.5) ? "main" : "release";
      const others = this.#random.chance(0.3) ? [commitOf(this.#pick(versions))] : [];
      const known = branches.get(branch) ?? new Set();
      branches.set(branch, known);
      for (const one of [...others, commit]) known.add(one);
      return { kind: "merge", branch, commit, others };
    }
    if (tags.has(tag) && this.#random.chance(0.3)) {
      tags.delete(tag);
      return { kind: "tag-deleted", tag };
    }
    tags.set(tag, { commit, signed: this.#random.chance(0.8) });
    return this.#random.chance(0.9) ? { kind: "tag", tag, commit } : { kind: "tag", tag };
  }

  *#tellOf(change: ForgeChange): Iterable<Deed> {
    if (this.#random.chance(this.#loses)) return;
    const delivery = `delivery-${this.#random.uint32()}`;
    const body = sha256Hex(`${delivery} ${JSON.stringify(change)}`);
    const command = { type: "RecordForgeChange", change, delivery, body, repository: "acme/simulated" } as const;
    this.#told.push(command);
    yield { actor: "github:dora", command };
  }

  #pick(versions: readonly string[]): string {
    return versions[this.#random.below(versions.length)] ?? "";
  }
}
