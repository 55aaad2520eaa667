import { openProbes, type Probe } from "@sluice/core/application/probes.ts";
import { type AppState, stageOf } from "@sluice/core/application/state.ts";
import type { Millis } from "@sluice/core/time/instant.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import type { Ask } from "./ask.ts";

/** Who the log names for what the server finds by itself. */
const proberActor = "sluice";

/** How often anything is asked again, at most, ms: twice in the time for which an answer counts, where that is shorter. */
const usualEveryMs = 60_000;

/** How many are asked at once; more wait for one of them to end. */
const mostAtOnce = 16;

/**
 * Answers what gates ask the server, items of checklists and what repositories say, for as long as a promotion needs it. What it
 * found goes into the log by a command. A crash in between loses nothing but the question, which is put again. Only the node that
 * leads runs one.
 */
export class Prober {
  readonly #plane: ControlPlane;
  readonly #ask: Ask;
  readonly #failed: (app: string, error: unknown) => void;
  readonly #everyMs: number;
  /** When each was asked last; what is open no longer is forgotten. */
  readonly #asked = new Map<string, ReadonlyMap<string, Millis>>();
  readonly #running = new Map<string, { readonly stop: AbortController; readonly over: Promise<void> }>();
  readonly #timers = new Map<string, () => void>();
  readonly #crowded = new Set<string>();
  #unsubscribe: (() => void) | undefined;

  /** @param options.everyMs how often anything is asked again at most; by default each minute */
  constructor(options: {
    plane: ControlPlane;
    ask: Ask;
    failed: (app: string, error: unknown) => void;
    everyMs?: number;
  }) {
    this.#plane = options.plane;
    this.#everyMs = options.everyMs ?? usualEveryMs;
    this.#ask = options.ask;
    this.#failed = options.failed;
  }

  start(): void {
    this.#unsubscribe = this.#plane.onChange((app) => this.#look(app));
    for (const app of this.#plane.apps()) this.#look(app);
  }

  /** Ends what is under way; what would have come of it is dropped. */
  async stop(): Promise<void> {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    const running = [...this.#running.values()];
    for (const { stop } of running) stop.abort();
    await Promise.all(running.map(({ over }) => over));
    this.#asked.clear();
    this.#crowded.clear();
  }

  /** Begins everything of an application that is due, and comes back for the rest by itself. */
  #look(app: string): void {
    this.#timers.get(app)?.();
    this.#timers.delete(app);
    const state = this.#plane.state(app);
    if (this.#unsubscribe === undefined || state === undefined) return;
    const now = this.#plane.now(app);
    const asked = new Map<string, Millis>();
    let earliest: Millis | undefined;
    const open: { readonly probe: Probe; readonly key: string; readonly last: Millis }[] = [];
    for (const probe of openProbes(state, now)) {
      const key = keyOf(state, probe);
      const last = Math.max(this.#asked.get(app)?.get(key) ?? 0, probe.answered?.at ?? 0);
      const due = last === 0 ? now : last + Math.min(this.#everyMs, probe.maxAge / 2);
      if (last > 0) asked.set(key, last);
      if (this.#running.has(`${app} ${key}`)) continue;
      if (due > now) earliest = Math.min(earliest ?? due, due);
      else open.unshift({ probe, key, last });
    }
    // Where more wait than can be asked, everybody has a turn, and who has had none the first: the newest before the others.
    for (const { probe, key } of open.sort((one, other) => one.last - other.last)) {
      if (this.#running.size >= mostAtOnce) {
        this.#crowded.add(app);
        break;
      }
      asked.set(key, now);
      this.#begin(app, `${app} ${key}`, state, probe);
    }
    if (asked.size === 0) this.#asked.delete(app);
    else this.#asked.set(app, asked);
    if (earliest === undefined) return;
    this.#timers.set(
      app,
      this.#plane.clock.wakeAt(earliest, () => this.#look(app)),
    );
  }

  #begin(app: string, key: string, state: AppState, probe: Probe): void {
    const stop = new AbortController();
    const over = this.#answer(app, state, probe, stop.signal)
      .catch((error: unknown) => this.#failed(app, error))
      .then(() => {
        this.#running.delete(key);
        const waiting = new Set([app, ...this.#crowded]);
        this.#crowded.clear();
        for (const each of waiting) this.#look(each);
      });
    this.#running.set(key, { stop, over });
  }

  async #answer(
    app: string,
    state: AppState,
    { promotion, item, question }: Probe,
    signal: AbortSignal,
  ): Promise<void> {
    const { id, stage, version, requestedAt: since } = promotion;
    const previous = stageOf(state, stage).live?.version;
    const measured = { app, stage, version, since, ...(previous === undefined ? {} : { previous }) };
    const finding = await this.#ask(question, measured, signal);
    if (signal.aborted) return;
    const pipeline = state.pipeline?.digest ?? "";
    await this.#plane.execute(app, { type: "RecordProbe", id, item, pipeline, finding }, proberActor);
  }
}

/** What is asked under another pipeline may be another question. */
function keyOf(state: AppState, { promotion, item }: Probe): string {
  return `${promotion.id} ${item} ${state.pipeline?.digest}`;
}
