import type { Measure } from "@sluice/server/analysis/providers.ts";
import type { Ask } from "@sluice/server/checklist/ask.ts";
import { Prober } from "@sluice/server/checklist/prober.ts";
import type { Clock } from "@sluice/server/clock/clock.ts";
import { ControlPlane } from "@sluice/server/control-plane/control-plane.ts";
import { ServedFeeds } from "@sluice/server/control-plane/served-feeds.ts";
import { Controller } from "@sluice/server/controller/controller.ts";
import type { Leadership } from "@sluice/server/controller/lease.ts";
import { UpdateCheck } from "@sluice/server/http/check/check.ts";
import { addressReader } from "@sluice/server/http/client-address.ts";
import type { Stores } from "@sluice/server/log/stores.ts";
import { Notifier } from "@sluice/server/notifications/notifier.ts";
import type { Post } from "@sluice/server/notifications/post.ts";
import type { OpenTarget } from "@sluice/server/targets/open.ts";
import { quiet, type VirtualClock } from "../clock/virtual-clock.ts";
import type { Random } from "../fleet/random.ts";
import { notingAsks } from "./admissions.ts";
import type { Faults } from "./faults.ts";
import { faultyEvents, faultyReports } from "./faulty-stores.ts";
import { begin, leading, stop, type Work } from "./leading.ts";
import { MemoryPublisher, type PublishedFeeds } from "./memory-publisher.ts";
import { NodeClock } from "./node-clock.ts";

/** One server: the production control plane, with a controller that believes that it leads. */
export interface Node extends Work {
  readonly plane: ControlPlane;
  readonly feeds: ServedFeeds;
  /** What answers the update checks of agents. */
  readonly check: UpdateCheck;
  readonly leadership: Leadership | undefined;
  alive: boolean;
  /** Its operator ends it, and it takes nothing in any more. */
  isEnding: boolean;
  /** It stands still until then, as a machine does that is moved: it does nothing, and knows nothing of it. */
  stalledUntil: number;
}

/** Where a server runs. */
interface Place {
  readonly app: string;
  /** Of its machine, which goes on while the server is dead. */
  readonly clock: Clock;
  readonly trueClock: Clock;
  readonly faults: Faults;
  readonly stores: Stores;
  /** Draws which of its reads are slow, or fail. */
  readonly reads: Random;
  readonly published: PublishedFeeds;
  readonly measure: Measure;
  /** Asks the world outside; undefined: nobody does. */
  readonly ask: Ask | undefined;
  readonly openTargetFor: (isAlive: () => boolean) => OpenTarget;
  readonly postFor: (isAlive: () => boolean) => Post;
  /** Under which it asks for the lease; undefined: it believes that it leads. */
  readonly holder: string | undefined;
  /** Told when it comes to lead by a lease. */
  readonly leads: () => void;
  readonly failed: (app: string, error: unknown) => void;
}

/** How often servers ask again what gates want to know, in ms. */
const probeMs = 7_200_000;
/** How long a server may take to end, in ms: what is under way at its targets may not listen. Every write takes its time as well. */
const endMs = 6 * 3_600_000;
const endWrites = 20;

/** Starts a server on what its disk holds. */
export async function startNode(place: Place): Promise<Node> {
  const { app, faults, stores, holder, failed, trueClock, ask } = place;
  const life = { alive: true, isEnding: false, stalledUntil: 0, started: false };
  const isAlive = () => life.alive;
  const clock = new NodeClock(place.clock, {
    isAlive,
    error: () => faults.clockErrorMs,
    stalledUntil: () => life.stalledUntil,
  });
  const events = faultyEvents(stores.events, {
    faults,
    isAlive,
    isStarted: () => life.started && life.stalledUntil <= trueClock.now(),
    random: place.reads,
    clock: trueClock,
  });
  const asking = () => ({ askedAt: plane.head(app)?.seq ?? 0, check });
  const plane: ControlPlane = await ControlPlane.open({
    clock,
    events,
    reports: notingAsks(faultyReports(stores.reports, faults, isAlive), asking),
    failed,
  });
  life.started = true;
  const controller = new Controller({
    plane,
    publisher: new MemoryPublisher({
      published: place.published,
      faults,
      isAlive,
      expires: place.ask !== undefined,
      clock,
      trueClock,
    }),
    measure: place.measure,
    openTarget: place.openTargetFor(isAlive),
    ...(holder === undefined ? {} : { holder }),
    failed,
  });
  const notifier = new Notifier({
    plane,
    secrets: (name) => name.toLowerCase(),
    post: place.postFor(isAlive),
    failed: () => {},
  });
  const feeds = new ServedFeeds(plane);
  const check: UpdateCheck = new UpdateCheck(plane, feeds, addressReader(undefined), failed);
  const prober = ask === undefined ? undefined : new Prober({ plane, ask, failed, everyMs: probeMs });
  const work = { controller, notifier, prober };
  const leadership =
    holder === undefined ? undefined : leading(work, { app, events, clock, holder, leads: place.leads, failed });
  const node = Object.assign(life, { ...work, plane, feeds, check, leadership });
  if (leadership === undefined) begin(work);
  else void leadership.begin();
  return node;
}

/** Ends a server as its operator would. @returns whether it did so in time */
export async function endInTime(node: Node, clock: VirtualClock, { weather }: Faults): Promise<boolean> {
  let isEnded = false;
  void end(node).then(() => {
    isEnded = true;
  });
  const most = clock.now() + endMs + endWrites * weather.slowMs;
  await quiet();
  while (!isEnded && clock.now() < most) await clock.moveTo(clock.now() + 60_000);
  return isEnded;
}

async function end(node: Node): Promise<void> {
  node.isEnding = true;
  await (node.leadership === undefined ? stop(node) : node.leadership.end());
  await node.plane.close();
}
