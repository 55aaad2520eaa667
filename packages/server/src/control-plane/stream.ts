import type { Rejection } from "@sluice/core/errors/rejection.ts";
import { isRejection } from "@sluice/core/errors/rejection.ts";
import { emptyHead, type Head, isBroken, seal, verifyChain } from "@sluice/core/log/chain.ts";
import type { Fact, SealedEvent } from "@sluice/core/log/event.ts";
import { fromRfc3339, type Millis } from "@sluice/core/time/instant.ts";
import type { Clock } from "../clock/clock.ts";
import type { EventStore } from "../log/store.ts";

/** A pure aggregate: what a command leads to, and what events add up to. */
export interface Decider<State, Command> {
  readonly initial: State;
  decide(
    state: State,
    command: Command,
    meta: { now: Millis; actor: string },
  ): { facts: readonly Fact[]; state: State } | Rejection;
  fold(state: State, events: Iterable<SealedEvent>): State;
}

/** What a command came to: the events it led to, all on disk, and the state after them. */
export interface Outcome<State> {
  readonly events: readonly SealedEvent[];
  readonly state: State;
}

interface Pending<State, Command> {
  readonly command: Command;
  readonly actor: string;
  resolve(outcome: Outcome<State> | Rejection): void;
  reject(error: unknown): void;
}

/** Commands decided in one go, and so stored in one append. */
const largestBatch = 256;
const pageSize = 1_000;

/**
 * One stream of the log with its state in memory. Commands are decided one after another against the newest state and stored
 * together; nobody gets an answer before its events are on disk. When another node appended first, its events are folded in
 * and the commands decided anew.
 */
export class Stream<State, Command> {
  readonly name: string;
  readonly #decider: Decider<State, Command>;
  readonly #store: EventStore;
  readonly #clock: Clock;
  readonly #changed: (events: readonly SealedEvent[]) => void;
  readonly #queue: Pending<State, Command>[] = [];
  #state: State;
  #head: Head = emptyHead;
  /** Log time never runs backwards, whatever the clock does. */
  #lastAt: Millis = 0;
  #pumping = false;
  #catchingUp: Promise<void> | undefined;

  constructor(
    name: string,
    decider: Decider<State, Command>,
    options: { store: EventStore; clock: Clock; changed: (events: readonly SealedEvent[]) => void },
  ) {
    this.name = name;
    this.#decider = decider;
    this.#store = options.store;
    this.#clock = options.clock;
    this.#changed = options.changed;
    this.#state = decider.initial;
  }

  get state(): State {
    return this.#state;
  }

  get head(): Head {
    return this.#head;
  }

  /** The time for decisions in this stream: the clock's, but never before what the log already says. */
  now(): Millis {
    return Math.max(this.#clock.now(), this.#lastAt);
  }

  /** Folds in what the store has beyond what is known here. Throws when the stored chain is broken. */
  catchUp(): Promise<void> {
    this.#catchingUp ??= this.#readOn().finally(() => {
      this.#catchingUp = undefined;
    });
    return this.#catchingUp;
  }

  async #readOn(): Promise<void> {
    for (;;) {
      const events = await this.#store.read(this.name, this.#head.seq, pageSize);
      const fresh = events.filter((event) => event.seq > this.#head.seq);
      if (fresh.length > 0) {
        const head = verifyChain(this.name, this.#head, fresh);
        if (isBroken(head))
          throw new Error(
            `The log of "${this.name}" is broken at event ${head.seq}: ${head.reason}. Nothing was changed. Restore the data folder from a backup.`,
          );
        this.#accept(this.#decider.fold(this.#state, fresh), head, fresh);
      }
      if (events.length < pageSize) return;
    }
  }

  /** Decides a command. Rejects with an OperationalError when the events could not be stored; then nothing happened. */
  execute(command: Command, actor: string): Promise<Outcome<State> | Rejection> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ command, actor, resolve, reject });
      if (!this.#pumping) void this.#pump();
    });
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    while (this.#queue.length > 0) await this.#step(this.#queue.splice(0, largestBatch));
    this.#pumping = false;
  }

  async #step(batch: Pending<State, Command>[]): Promise<void> {
    try {
      if (this.#catchingUp !== undefined) await this.#catchingUp;
      const from = this.#head;
      const decided = this.#decideAll(batch);
      if (decided.events.length > 0) {
        const result = await this.#store.append(this.name, from.seq, decided.events);
        if (!result.ok || this.#head.seq !== from.seq) {
          // Another node was first (or its news came while this was stored): decide again on what is true now.
          await this.catchUp();
          if (!result.ok) {
            this.#queue.unshift(...batch);
            return;
          }
        } else {
          this.#accept(decided.state, decided.head, decided.events);
        }
      }
      for (const [i, pending] of batch.entries()) {
        const answer = decided.answers[i];
        if (answer !== undefined)
          pending.resolve(isRejection(answer) ? answer : { events: answer, state: this.#state });
      }
    } catch (error) {
      for (const pending of batch) pending.reject(error);
    }
  }

  #decideAll(batch: readonly Pending<State, Command>[]) {
    let state = this.#state;
    let head = this.#head;
    const events: SealedEvent[] = [];
    const answers: (readonly SealedEvent[] | Rejection)[] = [];
    for (const { command, actor } of batch) {
      const now = this.now();
      const decision = this.#decider.decide(state, command, { now, actor });
      if (isRejection(decision)) {
        answers.push(decision);
        continue;
      }
      const sealed = seal(this.name, head, decision.facts, { at: now, actor });
      const last = sealed.at(-1);
      if (last !== undefined) head = { seq: last.seq, hash: last.hash };
      state = decision.state;
      events.push(...sealed);
      answers.push(sealed);
    }
    return { state, head, events, answers };
  }

  #accept(state: State, head: Head, events: readonly SealedEvent[]): void {
    this.#state = state;
    this.#head = head;
    const last = events.at(-1);
    if (last !== undefined) this.#lastAt = Math.max(this.#lastAt, fromRfc3339(last.at));
    this.#changed(events);
  }
}
