import { stagesOf } from "@sluice/core/application/context.ts";
import { buildFeeds } from "@sluice/core/feed/build.ts";
import type { Feed } from "@sluice/core/feed/feed.ts";
import { restrict } from "@sluice/core/feed/restrict.ts";
import type { ControlPlane } from "./control-plane.ts";

/** What update checks of one channel are answered from. */
export interface ServedFeed {
  readonly feed: Feed;
  /** Another object whenever the feed is another: what answers are cached by. */
  readonly generation: object;
}

/**
 * The feeds that update checks are answered from, in memory, following the log. A release is offered only once its feed is
 * signed and published; what the log takes away is taken away at once.
 */
export class ServedFeeds {
  readonly #plane: ControlPlane;
  readonly #byApp = new Map<string, Map<string, ServedFeed>>();
  readonly #published = new Map<string, Map<string, Feed>>();

  constructor(plane: ControlPlane) {
    this.#plane = plane;
    for (const app of plane.apps()) this.#update(app);
    plane.onChange((app) => this.#update(app));
  }

  /** @returns undefined for an application or channel that does not exist. */
  get(app: string, channel: string): ServedFeed | undefined {
    return this.#byApp.get(app)?.get(channel);
  }

  #update(app: string): void {
    const state = this.#plane.state(app);
    const head = this.#plane.head(app);
    if (state === undefined || head === undefined) return;
    const next = new Map(buildFeeds(state, head).map((feed) => [feed.channel, feed]));
    if (state.feeds.publishedSeq >= state.feeds.changedSeq) this.#published.set(app, next);
    const published = this.#published.get(app);
    const served = new Map<string, ServedFeed>();
    for (const stage of stagesOf(state)) {
      const feed = next.get(stage.name);
      if (feed === undefined) continue;
      const before = published?.get(stage.name) ?? nothingOf(feed);
      served.set(stage.name, { feed: before === feed ? feed : restrict(before, feed), generation: {} });
    }
    this.#byApp.set(app, served);
  }
}

function nothingOf(feed: Feed): Feed {
  const { live: _, ...rest } = feed;
  return { ...rest, releases: [] };
}
