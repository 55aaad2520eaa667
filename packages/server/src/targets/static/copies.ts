import { stagesOf } from "@sluice/core/application/context.ts";
import type { AppState } from "@sluice/core/application/state.ts";
import { canonicalJson } from "@sluice/core/log/canonical.ts";
import type { StaticTarget } from "@sluice/core/targets/static.ts";
import type { Secrets } from "../../analysis/provider.ts";
import type { BlobStore } from "../../blobs/store.ts";
import type { Clock } from "../../clock/clock.ts";
import type { Repository } from "../../feeds/repository.ts";
import { TargetFailure } from "../failure.ts";
import { openBucket } from "./bucket.ts";
import { type Copied, copyFeed } from "./copy.ts";
import type { CopyWork } from "./copy-work.ts";
import { openFolder } from "./folder.ts";

/** How long to wait before a copy that failed is tried again: doubled each time up to the longest, in ms. */
const firstRetryMs = 5_000;
const longestRetryMs = 600_000;

interface CopiesOptions {
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly blobs: BlobStore;
  /** Where folders of pipelines lie; undefined: none may be published to. */
  readonly folder: string | undefined;
  readonly state: (app: string) => AppState | undefined;
  readonly repository: (app: string) => Promise<Repository>;
  readonly failed: (app: string, error: unknown) => void;
}

/**
 * Copies signed feeds to the places that pipelines name. One copy to a place at a time, each of what is signed when it begins, so
 * that no older state comes after a newer one.
 */
export class FeedCopies {
  readonly #options: CopiesOptions;
  /** By place: the end of the last copy that was begun. */
  readonly #last = new Map<string, Promise<unknown>>();
  readonly #timers = new Map<string, () => void>();
  #following: AbortController | undefined;

  constructor(options: CopiesOptions) {
    this.#options = options;
  }

  /** Everything that a copy of an application's feeds to a place needs. Rejects with a TargetFailure. */
  async work(app: string, spec: StaticTarget, signal: AbortSignal): Promise<CopyWork> {
    const { blobs, secrets, folder, state } = this.#options;
    if (spec.folder !== undefined && folder === undefined)
      throw new TargetFailure(
        "this server publishes to no folder. Start it with --static DIR, the folder that a web server serves",
        { retryable: false },
      );
    const place =
      spec.s3 !== undefined ? await openBucket(spec.s3, secrets) : await openFolder(folder ?? "", spec.folder ?? "");
    const repository = await this.#options.repository(app);
    const known = state(app);
    const channels = known === undefined ? [] : (placesOf(known).get(canonicalJson(spec))?.channels ?? []);
    return { read: (path) => repository.read(path), blobs, place, channels, signal };
  }

  /** Copies what is signed now. Rejects with a TargetFailure. */
  copy(app: string, spec: StaticTarget, signal: AbortSignal): Promise<Copied> {
    const key = `${app} ${canonicalJson(spec)}`;
    const copying = (this.#last.get(key) ?? Promise.resolve()).then(async () =>
      copyFeed(await this.work(app, spec, signal)),
    );
    this.#last.set(
      key,
      copying.catch(() => undefined),
    );
    return copying;
  }

  /** From now on, follows what is signed: signatures are renewed also where nothing is released. */
  start(apps: Iterable<string>): void {
    this.#following = new AbortController();
    for (const app of apps) this.follow(app);
  }

  /** Resolves when nothing is being copied any more. */
  async stop(): Promise<void> {
    this.#following?.abort();
    this.#following = undefined;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    await Promise.all(this.#last.values());
  }

  /** Copies an application's feeds to all of its places, and tries again until it is done. Waits for nothing. */
  follow(app: string): void {
    const state = this.#options.state(app);
    if (state === undefined) return;
    for (const [key, { spec }] of placesOf(state)) this.#follow(app, key, spec, 0);
  }

  #follow(app: string, place: string, spec: StaticTarget, failures: number): void {
    const following = this.#following;
    if (following === undefined) return;
    const key = `${app} ${place}`;
    this.#timers.get(key)?.();
    this.#timers.delete(key);
    this.copy(app, spec, following.signal).catch((error: unknown) => {
      if (following.signal.aborted) return;
      this.#options.failed(app, error);
      const at = this.#options.clock.now() + Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(failures, 20));
      this.#timers.get(key)?.();
      this.#timers.set(
        key,
        this.#options.clock.wakeAt(at, () => this.#follow(app, place, spec, failures + 1)),
      );
    });
  }
}

/** The places to which an application's feeds are copied, with the channels of each. */
function placesOf(state: AppState): Map<string, { readonly spec: StaticTarget; readonly channels: readonly string[] }> {
  const places = new Map<string, { spec: StaticTarget; channels: string[] }>();
  for (const { name, targets } of stagesOf(state))
    for (const { static: spec } of targets) {
      if (spec === undefined) continue;
      const key = canonicalJson(spec);
      const place = places.get(key) ?? { spec, channels: [] };
      place.channels.push(name);
      places.set(key, place);
    }
  return places;
}
