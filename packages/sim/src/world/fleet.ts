import { decideUpdate } from "@sluice/core/feed/decide-update.ts";
import type { ReportStatus } from "@sluice/server/telemetry/reports.ts";
import type { Random } from "../fleet/random.ts";
import type { World } from "./world.ts";

/** One simulated client: it asks, installs what it is offered, and reports. */
export interface SimulatedClient {
  readonly id: string;
  readonly channel: string;
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
    const { world, random, failureRate } = this.#options;
    const served = world.node.feeds.get(world.app, client.channel);
    if (served === undefined) return;
    const { id, version } = client;
    const decision = decideUpdate(served.feed, { id, attributes: {}, ...(version === undefined ? {} : { version }) });
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
      .report({ app: world.app, channel, clientId: id, version, status, receivedAt: world.clock.now() })
      .then((refused) => {
        if (refused === undefined) this.acknowledged.push({ channel, version, client: id, status });
      }, again);
  }
}
