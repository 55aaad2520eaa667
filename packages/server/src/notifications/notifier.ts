import { unsealed } from "@sluice/core/application/evolve.ts";
import { noticeOf, recipientsOf } from "@sluice/core/notifications/notice.ts";
import type { Recipient } from "@sluice/core/notifications/schema.ts";
import { rfc3339 } from "@sluice/core/time/instant.ts";
import type { Secrets } from "../analysis/provider.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import type { News } from "./news.ts";
import { type Post, post as postOverNetwork } from "./post.ts";

/** What is older than this is no news any more, ms. */
const newsMs = 3_600_000;
/** So often somebody is tried to be told, with rests in between that double, ms. */
const maxTries = 4;
const firstRestMs = 2_000;
const pageEvents = 500;
/** How soon it is tried again where the log could not be read, or written, ms. */
const rereadMs = 5_000;

interface NotifierOptions {
  readonly plane: ControlPlane;
  readonly secrets: Secrets;
  /** How one recipient is told; absent: over the network. */
  readonly post?: Post;
  /** Told of whom it could not reach. */
  readonly failed: (app: string, recipient: string, error: unknown) => void;
}

/**
 * Tells people what happened, as each application's pipeline says, in the order of its log, and puts down who was told. A crash
 * between the two tells once more. Only the node that leads runs one.
 */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #running = new Map<string, { again: boolean; done: Promise<void> }>();
  /** The number of the last event that was looked at. */
  readonly #seen = new Map<string, number>();
  #stopping = new AbortController();
  #unsubscribe: (() => void) | undefined;

  constructor(options: NotifierOptions) {
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
    await Promise.all([...this.#running.values()].map(({ done }) => done));
    this.#seen.clear();
  }

  #notice(app: string): void {
    const running = this.#running.get(app);
    if (running !== undefined) {
      running.again = true;
      return;
    }
    const recipients = this.#options.plane.state(app)?.pipeline?.pipeline.notifications ?? [];
    if (recipients.length === 0 || this.#stopping.signal.aborted) return;
    const entry = { again: false, done: Promise.resolve() };
    this.#running.set(app, entry);
    entry.done = this.#tell(app)
      .catch(async (error: unknown) => {
        this.#options.failed(app, "the log", error);
        // The next event may come when this is no news any more.
        await this.#rest(rereadMs);
        entry.again = true;
      })
      .then(() => {
        this.#running.delete(app);
        if (entry.again) this.#notice(app);
      });
  }

  async #tell(app: string): Promise<void> {
    const { plane } = this.#options;
    for (;;) {
      const state = plane.state(app);
      if (state === undefined || this.#stopping.signal.aborted) return;
      const after = Math.max(this.#seen.get(app) ?? 0, state.toldUpTo);
      // The store may be ahead of what this node has taken in: what it does not know yet, it could not put down as told.
      const known = Math.min(pageEvents, state.seq - after);
      const events = known > 0 ? await plane.events.read(app, after, known) : [];
      if (events.length === 0) return;
      for (const sealed of events) {
        const event = unsealed(sealed);
        if (this.#stopping.signal.aborted) return;
        const notice = plane.clock.now() - event.at > newsMs ? undefined : noticeOf(state, event);
        if (notice !== undefined) {
          const news = { ...notice, app, seq: event.seq, at: rfc3339(event.at), actor: event.actor };
          await this.#tellAll(recipientsOf(state, notice), news);
        }
        if (!this.#stopping.signal.aborted) this.#seen.set(app, event.seq);
      }
    }
  }

  async #tellAll(recipients: readonly Recipient[], news: News): Promise<void> {
    if (recipients.length === 0) return;
    const { plane } = this.#options;
    const reached = await Promise.all(recipients.map((recipient) => this.#tellOne(recipient, news)));
    if (this.#stopping.signal.aborted) return;
    const names = (wanted: boolean) =>
      recipients.filter((_, index) => reached[index] === wanted).map(({ name }) => name);
    const told = { about: news.seq, to: names(true), missed: names(false) };
    await plane.execute(news.app, { type: "RecordTold", told }, "sluice");
  }

  async #tellOne({ name, kind, address }: Recipient, news: News): Promise<boolean> {
    const { plane, secrets, failed, post = postOverNetwork } = this.#options;
    const { signal } = this.#stopping;
    const target = secrets(address);
    if (target === undefined) {
      failed(news.app, name, new Error(`the server has no secret SLUICE_SECRET_${address}`));
      return false;
    }
    for (let tries = 1; ; tries++) {
      try {
        await post(kind, target, news, { clock: plane.clock, signal });
        return true;
      } catch (error) {
        if (signal.aborted) return false;
        if (tries === maxTries) {
          failed(news.app, name, error);
          return false;
        }
        await this.#rest(firstRestMs * 2 ** (tries - 1));
      }
    }
  }

  async #rest(ms: number): Promise<void> {
    const { clock } = this.#options.plane;
    const { signal } = this.#stopping;
    await new Promise<void>((resolve) => {
      const end = () => {
        cancel();
        signal.removeEventListener("abort", end);
        resolve();
      };
      const cancel = clock.wakeAt(clock.now() + ms, end);
      signal.addEventListener("abort", end);
    });
  }
}
