import type { AppState } from "@sluice/core/application/state.ts";
import { isRejection } from "@sluice/core/errors/rejection.ts";
import { withDeadline } from "../analysis/deadline.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { type DiscoveryProblem, discover, type Look } from "./look.ts";

/** Who the log names for releases that nobody published. */
const actor = "sluice";

/** How long one look may take, ms. */
const lookMs = 600_000;

/** What is known of an application that subscribes to something. */
interface Watch {
  /** The pipeline and what forges told, as of the last look. */
  readonly pipeline: string;
  readonly tags: AppState["forge"]["tags"];
  running: Promise<void> | undefined;
  /** Something came in while it looked. */
  again: boolean;
  cancelTimer: (() => void) | undefined;
}

interface DiscovererOptions {
  readonly plane: ControlPlane;
  readonly look: Omit<Look, "clock">;
  readonly failed: (app: string, error: unknown) => void;
}

/**
 * Looks at what applications subscribe to, as often as their pipelines say and whenever a forge tells of a tag, and publishes what
 * is new by a command. What was published already is not published again, so a crash in between costs a look. Only the node that
 * leads runs one.
 */
export class Discoverer {
  readonly #options: DiscovererOptions;
  readonly #watches = new Map<string, Watch>();
  #stopping = new AbortController();
  #unsubscribe: (() => void) | undefined;

  constructor(options: DiscovererOptions) {
    this.#options = options;
  }

  start(): void {
    const { plane } = this.#options;
    this.#stopping = new AbortController();
    this.#unsubscribe = plane.onChange((app) => this.#notice(app));
    for (const app of plane.apps()) this.#notice(app);
  }

  /** Ends what is under way. Resolves when nothing of it is left running. */
  async stop(): Promise<void> {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#stopping.abort();
    const watches = [...this.#watches.values()];
    this.#watches.clear();
    for (const { cancelTimer } of watches) cancelTimer?.();
    await Promise.all(watches.map(({ running }) => running));
  }

  /** Looks at once where the pipeline is another, or a forge has told of a tag. */
  #notice(app: string): void {
    const state = this.#options.plane.state(app);
    const known = this.#watches.get(app);
    const applied = state?.pipeline;
    if (this.#unsubscribe === undefined || state === undefined || applied?.pipeline.discover === undefined) {
      known?.cancelTimer?.();
      this.#watches.delete(app);
      return;
    }
    if (known?.pipeline === applied.digest && known.tags === state.forge.tags) return;
    const watch: Watch = {
      pipeline: applied.digest,
      tags: state.forge.tags,
      running: known?.running,
      again: known?.running !== undefined,
      cancelTimer: known?.cancelTimer,
    };
    this.#watches.set(app, watch);
    if (watch.running === undefined) this.#begin(app, watch);
  }

  #begin(app: string, watch: Watch): void {
    watch.cancelTimer?.();
    watch.running = this.#lookAt(app)
      .catch((error: unknown) => this.#options.failed(app, error))
      .then(() => {
        const now = this.#watches.get(app);
        if (now === undefined) return;
        now.running = undefined;
        if (now.again) {
          now.again = false;
          this.#begin(app, now);
        } else this.#wait(app, now);
      });
  }

  #wait(app: string, watch: Watch): void {
    const { clock, state } = { clock: this.#options.plane.clock, state: this.#options.plane.state(app) };
    const every = state?.pipeline?.pipeline.discover?.every;
    if (every === undefined) return;
    watch.cancelTimer = clock.wakeAt(clock.now() + every, () => this.#begin(app, watch));
  }

  async #lookAt(app: string): Promise<void> {
    const { plane, look } = this.#options;
    const state = plane.state(app);
    const config = state?.pipeline?.pipeline.discover;
    if (state === undefined || config === undefined) return;
    const { clock } = plane;
    const { signal } = this.#stopping;
    const { releases, problems } = await withDeadline(clock, lookMs, signal, (within) =>
      discover(state, config, { ...look, clock }, within),
    );
    if (signal.aborted) return;
    for (const problem of problems) await this.#report(app, problem);
    for (const manifest of releases) {
      const outcome = await plane.execute(app, { type: "PublishRelease", manifest }, actor);
      if (!isRejection(outcome)) continue;
      await this.#report(app, { source: "release", version: manifest.version, reason: outcome.message });
      return;
    }
  }

  /** Said once: the log knows what it was told last. */
  async #report(app: string, problem: DiscoveryProblem): Promise<void> {
    await this.#options.plane.execute(app, { type: "RecordDiscoveryProblem", problem }, actor);
  }
}
