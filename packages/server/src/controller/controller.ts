import type { Measurements } from "@sluice/core/analysis/measurement.ts";
import { nextDue } from "@sluice/core/application/next-due.ts";
import { policiesOf } from "@sluice/core/rules/rules.ts";
import type { FindProgress } from "@sluice/core/targets/progress.ts";
import type { Millis } from "@sluice/core/time/instant.ts";
import { Measurer } from "../analysis/measurer.ts";
import type { Measure } from "../analysis/providers.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import type { OpenTarget } from "../targets/open.ts";
import { Deliveries } from "./deliveries.ts";
import { Drift } from "./drift.ts";
import { Granting } from "./granting.ts";
import type { Publisher } from "./publisher.ts";
import { targetsOf } from "./targets.ts";

/** Who the log names for what happens by itself. */
const controllerActor = "sluice";

/** How long to wait before a turn that failed is tried again: doubled each time up to the longest. */
const firstRetryMs = 250;
const longestRetryMs = 60_000;
/** How long passing deadlines of reports may wait for each other, in ms. */
const shortestNapMs = 250;
/** How often the store is looked at while clients of a rollout are let in by several nodes, in ms. */
const followMs = 2_000;

interface Settled {
  readonly at: Millis;
  readonly measurements: Measurements;
}

interface Work {
  running: boolean;
  /** Something came in while it was running. */
  again: boolean;
  failures: number;
  cancelTimer: (() => void) | undefined;
}

interface ControllerOptions {
  readonly plane: ControlPlane;
  readonly publisher: Publisher;
  readonly openTarget: OpenTarget;
  readonly measure: Measure;
  /** Under which this node leads; absent where no lease is asked for. */
  readonly holder?: string;
  /** Other nodes let clients in and take reports, too. */
  readonly sharesStore?: boolean;
  readonly failed: (app: string, error: unknown) => void;
}

/**
 * Makes what is due happen: publishes feeds that the log asks for, counts reports, advances rollouts, renews signatures.
 * It sleeps until the next moment at which an application can change, or until an event or a report arrives; what is not due
 * costs nothing. Only the node that leads runs one.
 */
export class Controller {
  readonly #plane: ControlPlane;
  readonly #publisher: Publisher;
  readonly #deliveries: Deliveries;
  readonly #measurer: Measurer;
  /** Looks at what is live, on its schedule and when it is asked. */
  readonly drift: Drift;
  readonly #failed: (app: string, error: unknown) => void;
  readonly #granting: Granting;
  readonly #sharesStore: boolean;
  readonly #work = new Map<string, Work>();
  readonly #unsubscribe: (() => void)[] = [];
  readonly #idle = new Set<() => void>();
  #stopped = true;
  /** Turns taken so far: what idleness is measured by. */
  turns = 0;

  constructor(options: ControllerOptions) {
    this.#plane = options.plane;
    this.#publisher = options.publisher;
    this.#failed = options.failed;
    this.#deliveries = new Deliveries(options);
    this.drift = new Drift(options);
    this.#granting = new Granting(options.plane, options.holder);
    this.#sharesStore = options.sharesStore ?? false;
    this.#measurer = new Measurer(options);
  }

  start(): void {
    this.#stopped = false;
    this.#granting.forget();
    this.#plane.exposures.forget();
    this.#measurer.start();
    let rules = this.#plane.rules();
    this.#deliveries.start();
    this.drift.start();
    this.#unsubscribe.push(
      this.#plane.onChange((app, events) => {
        if (rules !== this.#plane.rules()) {
          rules = this.#plane.rules();
          for (const behind of this.#plane.behindRules()) this.wake(behind);
        }
        // Its own publications change nothing that it would have to look at again, but the state that they lead to may.
        if (events.length > 0) this.wake(app);
      }),
      this.#plane.onReport((app) => this.wake(app)),
    );
    for (const app of this.#plane.apps()) this.wake(app);
  }

  /** Stops; a turn that is under way is finished first. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    for (const work of this.#work.values()) work.cancelTimer?.();
    await Promise.all([this.idle(), this.#measurer.stop(), this.#deliveries.stop(), this.drift.stop()]);
  }

  /** Resolves when no turn is running. */
  async idle(): Promise<void> {
    while ([...this.#work.values()].some((work) => work.running))
      await new Promise<void>((resolve) => this.#idle.add(resolve));
  }

  /** How far the targets of an application are that this node is moving. */
  progress(app: string): FindProgress {
    return this.#deliveries.progress(app);
  }

  /** Looks at an application now. */
  wake(app: string): void {
    if (this.#stopped || this.#plane.state(app) === undefined) return;
    const work = this.#workOf(app);
    if (work.running) {
      work.again = true;
      return;
    }
    void this.#run(app, work);
  }

  async #run(app: string, work: Work): Promise<void> {
    work.running = true;
    do {
      work.again = false;
      work.cancelTimer?.();
      work.cancelTimer = undefined;
      try {
        this.turns++;
        const settled = await this.#turn(app);
        work.failures = 0;
        this.#sleep(app, work, settled);
        this.#measurer.look(app);
      } catch (error) {
        work.failures++;
        this.#failed(app, error);
        this.#wakeAt(
          app,
          work,
          this.#plane.clock.now() + Math.min(longestRetryMs, firstRetryMs * 2 ** (work.failures - 1)),
        );
        work.again = false;
      }
    } while (work.again && !this.#stopped);
    work.running = false;
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }

  /**
   * @returns a moment for which everything due has happened, and the measurements by which. What becomes due after it, even
   * during the turn, is still to come.
   */
  async #turn(app: string): Promise<Settled> {
    this.#deliveries.look(app);
    await this.#publish(app);
    const state = this.#plane.state(app);
    const settled =
      state !== undefined && this.#isBudgeted()
        ? await this.#plane.exposures.alone(() => this.#advanceWithinBudgets(app))
        : await this.#advance(app);
    await this.#publisher.renewIfDue(app);
    return settled;
  }

  async #advance(app: string): Promise<Settled> {
    const measurements = await this.#plane.measure(app);
    const settledAt = this.#plane.now(app);
    await this.#plane.execute(app, { type: "Advance", measurements }, controllerActor);
    await this.#publish(app);
    this.#deliveries.look(app);
    this.drift.look(app);
    await this.#granting.grant(app, measurements);
    return { at: settledAt, measurements };
  }

  /** Advances, and writes down what is exposed by it before any other application counts on what is left. */
  async #advanceWithinBudgets(app: string): Promise<Settled> {
    const { exposures } = this.#plane;
    try {
      const settled = await this.#advance(app);
      const state = this.#plane.state(app);
      if (state !== undefined && exposures.write(state, settled.measurements, this.#plane.now(app)))
        for (const other of this.#plane.apps()) if (other !== app) this.wake(other);
      return settled;
    } catch (error) {
      exposures.lose(app);
      throw error;
    }
  }

  /** Whether a budget over all applications is in force. */
  #isBudgeted(): boolean {
    return policiesOf(this.#plane.rules()).some(({ policy }) => policy.exposureBudget !== undefined);
  }

  /** Does the effect that the log asks for, then records it. A crash between the two repeats the effect, which is idempotent. */
  async #publish(app: string): Promise<void> {
    const state = this.#plane.state(app);
    const head = this.#plane.head(app);
    if (state === undefined || head === undefined || state.feeds.changedSeq <= state.feeds.publishedSeq) return;
    const { texts, feeds } = targetsOf(state, head);
    await this.#publisher.publish(app, texts);
    await this.#plane.execute(app, { type: "RecordPublication", upTo: state.feeds.changedSeq, feeds }, controllerActor);
  }

  #sleep(app: string, work: Work, settled: Settled): void {
    const state = this.#plane.state(app);
    if (state === undefined) return;
    const due = nextDue(state, settled.measurements, settled.at);
    const renewal = this.#publisher.nextRenewal(app);
    const counted = this.#plane.nextMeasurement(app);
    const soon = settled.at + shortestNapMs;
    const next = [
      due,
      renewal,
      // Deadlines come as thick as the offers that they are of: those of a moment are looked at together.
      ...(counted === undefined ? [] : [Math.max(counted, soon)]),
      // What other nodes let in and hear is in the store, and nobody tells of it.
      ...(this.#sharesStore && this.#granting.isGranting(app) ? [settled.at + followMs] : []),
    ].filter((at): at is Millis => at !== undefined);
    if (next.length > 0) this.#wakeAt(app, work, Math.min(...next));
  }

  #wakeAt(app: string, work: Work, at: Millis): void {
    if (this.#stopped) return;
    work.cancelTimer = this.#plane.clock.wakeAt(at, () => this.wake(app));
  }

  #workOf(app: string): Work {
    let work = this.#work.get(app);
    if (work === undefined) {
      work = { running: false, again: false, failures: 0, cancelTimer: undefined };
      this.#work.set(app, work);
    }
    return work;
  }
}
