import type { AppState } from "@sluice/core/application/state.ts";
import type { Random } from "../../fleet/random.ts";
import { approvers, groupsOf, publisher } from "../people.ts";
import type { Deed } from "../person.ts";

/** How many of the newest releases they look at. */
const inMind = 4;

/** People and programs that look at every release for what its stages ask, and do not always find the same. */
export class Examiners {
  readonly #random: Random;
  readonly #looks: number;
  readonly #finds: number;

  constructor(random: Random) {
    this.#random = random;
    this.#looks = 0.02 + random.fraction() * 0.2;
    this.#finds = random.fraction() * 0.7;
  }

  /** What they say in this hour. */
  *deeds({ releases, pipeline }: AppState): Iterable<Deed> {
    const people = [...approvers, publisher];
    for (const { name: stage, gates } of pipeline?.pipeline.stages ?? [])
      for (const { check, checklist = [] } of gates) {
        const asked = [
          ...(check === undefined ? [] : [{ name: check.name }]),
          ...checklist.map(({ id }) => ({ name: id, stage })),
        ];
        for (const question of asked)
          for (const version of [...releases.keys()].slice(-inMind)) {
            if (!this.#random.chance(this.#looks)) continue;
            const actor = people[this.#random.below(people.length)] ?? publisher;
            const result = this.#random.chance(this.#finds) ? "fail" : "pass";
            const said = { result, groups: groupsOf(actor), comment: "as it was found" } as const;
            yield { actor, command: { type: "ReportCheck", version, ...question, ...said } };
          }
      }
  }
}
