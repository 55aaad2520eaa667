import type { AppState } from "@sluice/core/application/state.ts";
import type { Random } from "../../fleet/random.ts";
import { publisher } from "../people.ts";
import type { Deed } from "../person.ts";
import { firstStages } from "../pipeline/first-stages.ts";
import { readPipeline } from "../pipeline/read.ts";
import { comesWith, type Focus } from "./focus.ts";
import { drawFocusedPipeline } from "./pipeline.ts";

/** People who change the pipeline of a history that is about one thing to another one of the kind; some histories have none. */
export class Editors {
  readonly #random: Random;
  readonly #focus: Focus;
  readonly #mostStages: number;
  readonly #edits: number;

  /** @param mostStages how many stages a pipeline has at most */
  constructor(random: Random, focus: Focus, mostStages: number) {
    this.#random = random;
    this.#focus = focus;
    this.#mostStages = mostStages;
    // What was asked for another pipeline counts no more: only where somebody is asked does that matter.
    const often = comesWith(focus, "asks");
    this.#edits = random.chance(often ? 0.2 : 0.4) ? 0 : random.fraction() * (often ? 0.4 : 0.15);
  }

  /** What they do in this hour. */
  *deeds({ pipeline }: AppState): Iterable<Deed> {
    if (!this.#random.chance(this.#edits)) return;
    const source = this.#random.chance(0.5) ? this.#retouched(pipeline?.source) : this.#another();
    yield { actor: publisher, command: { type: "ApplyPipeline", pipeline: readPipeline(source), source } };
  }

  /** The same but for how often clients check, and sometimes without the soaks, so that stages ask what they asked before and may let in who waits. */
  #retouched(source = this.#another()): string {
    const asked = `${source.replace(/^clients: .*\n/m, "")}clients: { check-every: ${1 + this.#random.below(12)}h }\n`;
    if (this.#random.chance(0.5)) return asked;
    return asked.replace(/^ {6}- soak: .*\n/gm, "").replace(/^ {4}gates:\n(?! {6}-)/gm, "");
  }

  #another(): string {
    return firstStages(drawFocusedPipeline(this.#focus, this.#random), this.#mostStages);
  }
}
