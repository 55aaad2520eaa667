import { decideUpdate, type UpdateDecision } from "@sluice/core/feed/decide-update.ts";
import type { Feed } from "@sluice/core/feed/feed.ts";
import { fullExposure } from "@sluice/core/rollout/bucket.ts";
import type { ReportStatus } from "@sluice/server/telemetry/reports.ts";
import type { Random } from "../fleet/random.ts";
import type { World } from "./world.ts";

/** One simulated client: it asks, installs what it is offered, and reports. */
export interface SimulatedClient {
  readonly id: string;
  readonly channel: string;
  readonly region: string;
  version: string | undefined;
  /** Versions that it will not try again. */
  readonly refused: Set<string>;
}

interface FleetOptions {
  readonly world: World;
  readonly random: Random;
  readonly clients: readonly SimulatedClient[];
  readonly pollMs: number;
  /** How likely a version is to fail on a client. */
  readonly failureRate: (version: string) => number;
  /** How likely a report is lost; it is sent again later. And how likely one is sent twice. */
  readonly lostReports: number;
  readonly doubledReports: number;
}

/** A fleet on the world's clock. `acknowledged` is every report that the server said it had on disk. */
export class SimulatedFleet {
  readonly #options: FleetOptions;
  readonly acknowledged: {
    readonly channel: string;
    readonly version: string;
    readonly client: string;
    readonly status: ReportStatus;
  }[] = [];
  /** Offers as clients saw them, with the version that each had. */
  readonly offers: {
    readonly at: number;
    readonly channel: string;
    readonly client: string;
    readonly from: string | undefined;
    readonly to: string;
  }[] = [];

  constructor(options: FleetOptions) {
    this.#options = options;
    const { world, random, clients, pollMs } = options;
    for (const client of clients) this.#pollAt(client, world.clock.now() + random.below(pollMs));
  }

  #pollAt(client: SimulatedClient, at: number): void {
    this.#options.world.clock.wakeAt(at, () => {
      this.#poll(client);
      this.#pollAt(client, at + this.#options.pollMs);
    });
  }

  #poll(client: SimulatedClient): void {
    const { world } = this.#options;
    const served = world.node.feeds.get(world.app, client.channel);
    if (served === undefined) return;
    const { id, version, channel, region } = client;
    const { ration } = served;
    const asked = { id, attributes: { region }, ...(version === undefined ? {} : { version }) };
    const decision = decideUpdate(served.feed, asked);
    const admitted = ration && decideUpdate(asIfExposed(served.feed, ration.version), asked);
    if (ration === undefined || admitted?.kind !== "update" || admitted.release.version !== ration.version) {
      this.#take(client, decision);
      return;
    }
    const ask = { app: world.app, channel, promotion: ration.promotion, clientId: id, groups: [`region=${region}`] };
    const { plane, feeds } = world.node;
    void plane.admit(ask).then(
      (letIn) => {
        // As the server does: while it was decided, the release may have been taken back.
        const still = feeds.get(world.app, channel)?.ration?.promotion === ration.promotion;
        this.#take(client, letIn && still ? admitted : decision);
      },
      () => undefined,
    );
  }

  #take(client: SimulatedClient, decision: UpdateDecision): void {
    const { world, random, failureRate } = this.#options;
    const { id, version } = client;
    if (decision.kind === "none") return;
    const to = decision.release.version;
    if (client.refused.has(to)) return;
    this.offers.push({ at: world.clock.now(), channel: client.channel, client: id, from: version, to });
    this.#report(client, to, "in-progress");
    const fails = decision.kind === "update" && random.chance(failureRate(to));
    world.clock.wakeAt(world.clock.now() + 60_000 + random.below(600_000), () => {
      if (fails) client.refused.add(to);
      else client.version = to;
      this.#report(client, to, fails ? "rolled-back" : "completed");
    });
  }

  /** Sends a report until the server has it. */
  #report(client: SimulatedClient, version: string, status: ReportStatus): void {
    const { world, random, lostReports, doubledReports } = this.#options;
    const again = () =>
      world.clock.wakeAt(world.clock.now() + 60_000 + random.below(3_600_000), () =>
        this.#report(client, version, status),
      );
    if (random.chance(lostReports)) {
      world.faults.count++;
      again();
      return;
    }
    if (random.chance(doubledReports)) {
      world.faults.count++;
      again();
    }
    const { id, channel } = client;
    void world.node.plane
      .report(
        { app: world.app, channel, clientId: id, version, status, receivedAt: world.clock.now() },
        { attributes: { region: client.region } },
      )
      .then((refused) => {
        if (refused === undefined) this.acknowledged.push({ channel, version, client: id, status });
      }, again);
  }
}

/** The feed for a client that is let in to a version. */
function asIfExposed(feed: Feed, version: string): Feed {
  const releases = feed.releases.map((release) =>
    release.version === version
      ? { ...release, exposure: { ...release.exposure, basisPoints: fullExposure } }
      : release,
  );
  return { ...feed, releases };
}
