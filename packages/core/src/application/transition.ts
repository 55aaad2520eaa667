import type { CommandMeta } from "./commands.ts";
import type { ApplicationFact } from "./events.ts";
import { evolve } from "./evolve.ts";
import type { AppState } from "./state.ts";

/** A decision in the making: the facts so far, and the state as it will be once they have happened. */
export class Transition {
  readonly facts: ApplicationFact[] = [];
  state: AppState;
  readonly meta: CommandMeta;

  constructor(state: AppState, meta: CommandMeta) {
    this.state = state;
    this.meta = meta;
  }

  add(fact: ApplicationFact): void {
    this.facts.push(fact);
    this.state = evolve(this.state, { ...fact, seq: this.state.seq + 1, at: this.meta.now, actor: this.meta.actor });
  }
}
