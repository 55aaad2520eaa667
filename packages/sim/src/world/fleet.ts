import { decideUpdate, type UpdateDecision } from "@sluice/core/feed/decide-update.ts";
import { type Feed, feedPath, feedSchema } from "@sluice/core/feed/feed.ts";
import { sha256Hex } from "@sluice/core/log/digest.ts";
import { fullExposure, isExposed } from "@sluice/core/rollout/bucket.ts";
import type { ReportStatus } from "@sluice/server/telemetry/reports.ts";
import { waveOfRegion } from "../chronicle/waves.ts";
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

/** How long a client is well at most before a mistake shows that does not show at once. */
const lateMsMax = 6 * 3_600_000;

interface FleetOptions {
  readonly world: World;
  readonly random: Random;
  readonly clients: readonly SimulatedClient[];
  readonly pollMs: number;
  /** How likely a version is to fail on a client. */
  readonly failureRate: (version: string, region: string) => number;
}

interface SentReport {
  readonly channel: string;
  readonly version: string;
  readonly client: string;
  readonly status: ReportStatus;
  /** It went back because it was told to. */
  readonly ordered?: boolean;
}

/** An offer as a client saw it, with the version that it had. */
interface Offer {
  readonly at: number;
  readonly channel: string;
  readonly client: string;
  readonly from: string | undefined;
  readonly to: string;
  readonly back: boolean;
  /** SHA-256 of the manifest that it was sent to. */
  readonly manifest: string;
  /** It was let in one by one. */
  readonly letIn: boolean;
  /** Up to which event the server that answered knew the log when it was asked. */
  readonly seq: number;
  /** Whether the feed that was published by then offered it to this client. */
  readonly published: boolean;
}

/** A fleet on the world's clock. `sent` is every report that may have arrived, `acknowledged` what a server said it had on disk. */
export class SimulatedFleet {
  readonly #options: FleetOptions;
  readonly sent: SentReport[] = [];
  readonly acknowledged: SentReport[] = [];
  readonly offers: Offer[] = [];

  get clients(): readonly SimulatedClient[] {
    return this.#options.clients;
  }

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
    const { plane, feeds } = world.node;
    const served = feeds.get(world.app, client.channel);
    if (served === undefined) return;
    const { id, version, channel, region } = client;
    const { ration } = served;
    const seq = plane.head(world.app)?.seq ?? 0;
    const asked = { id, attributes: { region }, ...(version === undefined ? {} : { version }) };
    const decision = decideUpdate(served.feed, asked);
    const admitted = ration && decideUpdate(asIfExposed(served.feed, ration.version), asked);
    if (ration === undefined || admitted?.kind !== "update" || admitted.release.version !== ration.version) {
      this.#take(client, decision, { letIn: false, seq });
      return;
    }
    const groups = [`region=${region}`];
    const ask = { app: world.app, channel, promotion: ration.promotion, clientId: id, groups, stranger: false };
    void plane.admit(ask).then(
      (letIn) => {
        // As the server does: while it was decided, the release may have been taken back.
        const still = feeds.get(world.app, channel)?.ration?.promotion === ration.promotion;
        this.#take(client, letIn && still ? admitted : decision, { letIn: letIn && still, seq });
      },
      (error: unknown) => world.failed(world.app, error),
    );
  }

  /** @param letIn by a ration, whatever share is published */
  #take(client: SimulatedClient, decision: UpdateDecision, { letIn, seq }: { letIn: boolean; seq: number }): void {
    const { world, random, failureRate } = this.#options;
    const { id, version } = client;
    if (decision.kind === "none") return;
    const to = decision.release.version;
    const back = decision.kind === "rollback";
    // Whoever is told to go back does, also to what it has failed to install: here that succeeds always.
    if (!back && client.refused.has(to)) return;
    const { manifest } = decision.release;
    this.note({ channel: client.channel, client: id, from: version, to, back, manifest, letIn, seq });
    this.#report(client, to, "in-progress");
    const rate = failureRate(to, client.region);
    const fails = decision.kind === "update" && random.chance(rate);
    // What fails on everybody fails at once; other mistakes show only later on some.
    const late = fails && rate < 1 && random.chance(0.3);
    world.clock.wakeAt(world.clock.now() + 60_000 + random.below(600_000), () => {
      if (fails && !late) client.refused.add(to);
      else client.version = to;
      this.#report(client, to, fails && !late ? "rolled-back" : "completed");
      if (late) this.#failLater(client, to, version);
    });
  }

  /** A client that was well crashes after some hours, and goes back by itself to what it had. */
  #failLater(client: SimulatedClient, version: string, before: string | undefined): void {
    const { world, random } = this.#options;
    world.clock.wakeAt(world.clock.now() + 60_000 + random.below(lateMsMax), () => {
      if (client.version !== version) return;
      client.refused.add(version);
      client.version = before;
      this.#report(client, version, "failed");
    });
  }

  /** Notes what a client is offered, also one that is not of this fleet. */
  note(offer: Omit<Offer, "at" | "published">): void {
    const { world } = this.#options;
    const published = offer.letIn || this.#isPublished(offer.channel, offer.client, offer.to, offer.back);
    this.offers.push({ ...offer, at: world.clock.now(), published });
    world.tell(`${offer.client} with ${offer.from ?? "nothing"} is offered ${offer.to}`);
  }

  /** What the signed feed says, which a client that reads files sees. Taken back is taken back at once, published or not. */
  #isPublished(channel: string, client: string, to: string, back: boolean): boolean {
    if (back) return true;
    const text = this.#options.world.published.texts.get(feedPath(channel));
    if (text === undefined) return false;
    const { releases } = feedSchema.parse(JSON.parse(text));
    return releases.some(({ version, exposure, waves }) => {
      const wave = waveOfRegion(waves?.each ?? [], this.regionOf(client));
      const begun = waves?.begun ?? 0;
      return version === to && (wave < begun || (wave === begun && isExposed(exposure, client)));
    });
  }

  /** Of which region a client says that it is; machines are all of one. */
  regionOf(client: string): string {
    return this.clients.find(({ id }) => id === client)?.region ?? "eu";
  }

  /** A client's place, from 0 to 1, among those that report; the first ones are those that may never do. */
  #quiet({ id }: SimulatedClient): number {
    return Number.parseInt(sha256Hex(`quiet ${id}`).slice(0, 8), 16) / 2 ** 32;
  }

  /** Sends a report until the server has it. */
  #report(client: SimulatedClient, version: string, status: ReportStatus): void {
    const { world, random } = this.#options;
    const { lostReports, doubledReports, silentClients } = world.faults.weather;
    if (this.#quiet(client) < silentClients) {
      world.faults.strike(`${client.id} does not report ${version}: ${status}`);
      return;
    }
    const again = () =>
      world.clock.wakeAt(world.clock.now() + 60_000 + random.below(3_600_000), () =>
        this.#report(client, version, status),
      );
    if (random.chance(lostReports)) {
      world.faults.strike(`the report of ${client.id} of ${version}, ${status}, is lost for now`);
      again();
      return;
    }
    if (random.chance(doubledReports)) {
      world.faults.strike(`${client.id} reports ${version}, ${status}, twice`);
      again();
    }
    const { id, channel } = client;
    this.sent.push({ channel, version, client: id, status });
    world.tell(`${id} reports ${version}: ${status}`);
    const { plane } = world.node;
    void plane
      .report(
        { app: world.app, channel, clientId: id, version, status, receivedAt: plane.clock.now() },
        { attributes: { region: client.region } },
      )
      .then(
        (refused) => {
          if (refused === undefined) this.acknowledged.push({ channel, version, client: id, status });
        },
        (error: unknown) => {
          world.failed(world.app, error);
          again();
        },
      );
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
