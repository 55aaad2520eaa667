import { stagesOf } from "@sluice/core/application/context.ts";
import { type AppState, activePromotion, stageOf } from "@sluice/core/application/state.ts";
import { buildFeeds } from "@sluice/core/feed/build.ts";
import type { Feed } from "@sluice/core/feed/feed.ts";
import { restrict } from "@sluice/core/feed/restrict.ts";
import type { Stage, StageDownloads } from "@sluice/core/pipeline/schema.ts";
import { isForEverybody } from "@sluice/core/rollout/reach.ts";
import type { Wave } from "@sluice/core/rollout/waves/schema.ts";
import type { ControlPlane } from "./control-plane.ts";

/** A rollout that pays with evidence: its clients are let in at the check. */
export interface Ration {
  readonly promotion: string;
  readonly version: string;
  /** The attributes by whose values groups of clients are watched. */
  readonly groups: readonly string[];
  /** The waves that it goes through; none where the stage is one. */
  readonly waves: readonly Wave[];
  /** Only clients that prove to be some are let in. */
  readonly authenticated: boolean;
}

/** What update checks of one channel are answered from. */
export interface ServedFeed {
  readonly feed: Feed;
  /** The release that not everybody gets whom the feed would give it: who asks for it is let in one by one. */
  readonly ration?: Ration;
  /** How many clients may download at once; absent: any number. */
  readonly downloads?: StageDownloads;
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
      const ration = rationOf(state, stage);
      served.set(stage.name, {
        feed: before === feed ? feed : restrict(before, feed),
        ...(ration === undefined ? {} : { ration }),
        ...(stage.downloads === undefined ? {} : { downloads: stage.downloads }),
        generation: {},
      });
    }
    this.#byApp.set(app, served);
  }
}

function rationOf(state: AppState, stage: Stage): Ration | undefined {
  const rules = stage.rollout.evidence;
  const active = activePromotion(state, stageOf(state, stage.name));
  if (rules === undefined || active === undefined || isForEverybody(active)) return undefined;
  if (active.admission === "share") return undefined;
  return {
    promotion: active.id,
    version: active.version,
    groups: rules.groups,
    waves: active.waves ?? [],
    authenticated: rules.clients === "authenticated",
  };
}

function nothingOf(feed: Feed): Feed {
  const { live: _, ...rest } = feed;
  return { ...rest, releases: [] };
}
