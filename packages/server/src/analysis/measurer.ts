import { type DueMeasurement, nextMeasurements } from "@sluice/core/analysis/due.ts";
import type { FindingVerdict } from "@sluice/core/analysis/finding.ts";
import type { Millis } from "@sluice/core/time/instant.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import type { Measure } from "./providers.ts";

/** Who the log names for what is measured. */
const measurerActor = "sluice";

/** How many measurements are under way at once; more wait for one of them to end. */
const mostAtOnce = 32;

interface Taken {
  readonly at: Millis;
  readonly verdict: FindingVerdict;
  /** How many since the last that was recorded. */
  readonly alike: number;
}

interface Running {
  readonly stop: AbortController;
  readonly over: Promise<void>;
}

/**
 * Takes the measurements that are due and gives them to the control plane. A slow one holds up nothing but itself. What was
 * measured and not recorded is forgotten when it stops; then it is measured again at once.
 */
export class Measurer {
  readonly #plane: ControlPlane;
  readonly #measure: Measure;
  readonly #failed: (app: string, error: unknown) => void;
  readonly #taken = new Map<string, Map<string, Taken>>();
  readonly #running = new Map<string, Running>();
  readonly #timers = new Map<string, () => void>();
  /** Applications with something due that had to wait for another's measurement to end. */
  readonly #crowded = new Set<string>();
  #stopped = true;

  constructor(options: { plane: ControlPlane; measure: Measure; failed: (app: string, error: unknown) => void }) {
    this.#plane = options.plane;
    this.#measure = options.measure;
    this.#failed = options.failed;
  }

  start(): void {
    this.#stopped = false;
  }

  /** Begins every measurement of an application that is due, and sees to the later ones by itself. */
  look(app: string): void {
    this.#timers.get(app)?.();
    this.#timers.delete(app);
    const state = this.#plane.state(app);
    if (this.#stopped || state === undefined) return;
    const { clock } = this.#plane;
    const taken = this.#taken.get(app);
    const next = nextMeasurements(state, (promotion, analysis) => taken?.get(keyOf(promotion, analysis)));
    this.#forget(app, next);
    let earliest: Millis | undefined;
    for (const due of next) {
      const key = `${app} ${keyOf(due.promotion, due.analysis.name)}`;
      if (this.#running.has(key)) continue;
      if (due.at > clock.now()) earliest = Math.min(earliest ?? due.at, due.at);
      else if (this.#running.size < mostAtOnce) this.#begin(app, key, due);
      else this.#crowded.add(app);
    }
    if (earliest !== undefined)
      this.#timers.set(
        app,
        clock.wakeAt(earliest, () => this.look(app)),
      );
  }

  /** Ends what is under way; what would have come of it is dropped. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    const running = [...this.#running.values()];
    for (const { stop } of running) stop.abort();
    await Promise.all(running.map(({ over }) => over));
    this.#taken.clear();
    this.#crowded.clear();
  }

  #begin(app: string, key: string, due: DueMeasurement): void {
    const stop = new AbortController();
    const over = this.#take(app, due, stop.signal)
      .catch((error: unknown) => this.#failed(app, error))
      .then(() => {
        this.#running.delete(key);
        const waiting = [app, ...this.#crowded];
        this.#crowded.clear();
        for (const each of new Set(waiting)) this.look(each);
      });
    this.#running.set(key, { stop, over });
  }

  async #take(app: string, { promotion, analysis, subject }: DueMeasurement, signal: AbortSignal): Promise<void> {
    const at = this.#plane.now(app);
    const finding = await this.#measure(analysis, subject, signal);
    if (signal.aborted) return;
    const ofApp = this.#taken.get(app) ?? new Map<string, Taken>();
    this.#taken.set(app, ofApp);
    const key = keyOf(promotion, analysis.name);
    const alike = ofApp.get(key)?.alike ?? 0;
    // Known before it is stored: that the disk is full is no reason to ask anybody faster.
    ofApp.set(key, { at, verdict: finding.verdict, alike });
    const command = { type: "TakeMeasurement", promotion, analysis: analysis.name, at, finding, alike } as const;
    const outcome = await this.#plane.execute(app, command, measurerActor);
    const recorded = "events" in outcome && outcome.events.some(({ type }) => type === "MeasurementTaken");
    ofApp.set(key, { at, verdict: finding.verdict, alike: recorded ? 0 : alike + 1 });
  }

  /** Forgets what belongs to promotions that are no longer measured. */
  #forget(app: string, next: readonly DueMeasurement[]): void {
    const taken = this.#taken.get(app);
    if (taken === undefined) return;
    const known = new Set(next.map((due) => keyOf(due.promotion, due.analysis.name)));
    for (const key of taken.keys()) if (!known.has(key)) taken.delete(key);
    if (taken.size === 0) this.#taken.delete(app);
  }
}

function keyOf(promotion: string, analysis: string): string {
  return `${promotion} ${analysis}`;
}
