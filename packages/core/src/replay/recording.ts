import type { EndCause } from "../application/events/end-cause.ts";
import type { ApplicationEvent } from "../application/events.ts";
import { evolve, unsealed } from "../application/evolve.ts";
import { type AppState, initialState } from "../application/state.ts";
import type { SealedEvent } from "../log/event.ts";
import type { Millis } from "../time/instant.ts";
import { Entries } from "./entries.ts";
import { Observations } from "./observations.ts";

/** A rollback as it was recorded. */
export interface RecordedIncident {
  /** As `sluice incidents` names it. */
  readonly id: string;
  readonly stage: string;
  readonly version: string;
  readonly cause: EndCause;
  readonly at: Millis;
}

/** An application's log as far as a replay needs it. Feed it the whole log, in order. */
export class Recording {
  readonly app: string;
  /** From here on it is played again. */
  readonly since: Millis;
  /** Everything before `since`. */
  before: AppState;
  readonly inputs: ApplicationEvent[] = [];
  readonly observations = new Observations();
  readonly entries = new Entries();
  readonly incidents: RecordedIncident[] = [];
  #rollbacks = 0;
  #from: Millis | undefined;
  #to: Millis;

  /**
   * @param until when the log was read: nothing more had happened until then
   * @param since the moment at which the changed pipeline takes over; absent: it was there from the beginning
   */
  constructor(app: string, until: Millis, since: Millis = Number.NEGATIVE_INFINITY) {
    this.app = app;
    this.#to = until;
    this.since = since;
    this.before = initialState(app);
  }

  /** The moments between which it is played again. */
  get span(): { readonly from: Millis; readonly to: Millis } {
    return { from: Math.max(this.#from ?? 0, this.since), to: Math.max(this.#to, this.since) };
  }

  add(events: Iterable<SealedEvent>): void {
    for (const sealed of events) {
      const event = unsealed(sealed);
      this.#from ??= event.at;
      this.#to = Math.max(this.#to, event.at);
      this.observations.add(event);
      if (event.type === "PromotionRolledBack") this.#addIncident(event);
      if (event.at < this.since) this.before = evolve(this.before, event);
      else {
        this.inputs.push(event);
        this.entries.add(event, event.at);
      }
    }
  }

  #addIncident({ data, at }: Extract<ApplicationEvent, { type: "PromotionRolledBack" }>): void {
    const { stage, version, cause } = data;
    const id = `incident-${++this.#rollbacks}`;
    if (at >= this.since) this.incidents.push({ id, stage, version, cause, at });
  }
}
