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

/** What it follows the log by. */
type Followed = Pick<ControlPlane, "apps" | "state" | "head" | "onChange">;

/** An application's feeds, by channel, and the event that changed them last. */
interface Built {
  readonly seq: number;
  readonly feeds: ReadonlyMap<string, Feed>;
}

/** How many that wait for being published are kept at most: a publication is of what was there when it began. */
const mostWaiting = 16;

/**
 * The feeds that update checks are answered from, in memory, following the log. A release is offered only once its feed is
 * signed and published; what the log takes away is taken away at once.
 */
export class ServedFeeds {
  readonly #plane: Followed;
  readonly #byApp = new Map<string, Map<string, ServedFeed>>();
  /** What each application's feeds were since they were published last, the oldest first. */
  readonly #built = new Map<string, readonly Built[]>();

  constructor(plane: Followed) {
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
    const published = this.#keep(app, state.feeds, next);
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

  /** Keeps feeds until newer ones are published, and says which are: while some are published, the log may already tell of newer ones. */
  #keep(
    app: string,
    { changedSeq, publishedSeq }: AppState["feeds"],
    feeds: ReadonlyMap<string, Feed>,
  ): ReadonlyMap<string, Feed> | undefined {
    const built = [...(this.#built.get(app) ?? []).filter(({ seq }) => seq < changedSeq), { seq: changedSeq, feeds }];
    const place = built.findLastIndex(({ seq }) => seq <= publishedSeq);
    const waiting = built.slice(place + 1).slice(-mostWaiting);
    const published = built[place];
    this.#built.set(app, published === undefined ? waiting : [published, ...waiting]);
    return published?.feeds;
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
