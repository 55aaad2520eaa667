import { feedPath, feedSchema } from "@sluice/core/feed/feed.ts";
import { sha256Hex } from "@sluice/core/log/digest.ts";
import { isExposed } from "@sluice/core/rollout/bucket.ts";
import type { ReportStatus } from "@sluice/server/telemetry/reports.ts";
import { waveOfRegion } from "../chronicle/waves.ts";
import type { Random } from "../fleet/random.ts";
import { type Answered, UpdateChecks } from "./update-checks.ts";
import type { World } from "./world.ts";

/** One simulated client: it asks, installs what it is offered, and reports. */
export interface SimulatedClient {
  readonly id: string;
  readonly channel: string;
  readonly region: string;
  /** Where it asks from. */
  readonly address: string;
  version: string | undefined;
  /** Versions that it will not try again. */
  readonly refused: Set<string>;
}

/** How long a client is well at most before a mistake shows that does not show at once. */
const lateMsMax = 6 * 3_600_000;

/** After how long a client asks again that found no place to download, in ms. */
const askAgainMs = 1_800_000;

interface FleetOptions {
  readonly world: World;
  readonly random: Random;
  readonly clients: readonly SimulatedClient[];
  readonly pollMs: number;
  /** How likely a version is to fail on a client. */
  readonly failureRate: (version: string, region: string) => number;
  /** Whether a version that fails on a client takes the report of it along. */
  readonly isDark: (version: string) => boolean;
}

interface SentReport {
  readonly channel: string;
  readonly version: string;
  readonly client: string;
  readonly status: ReportStatus;
  /** It went back because it was told to. */
  readonly ordered?: boolean;
}

/** A report that a server says it has on disk, and when it said so, by the right clock. */
interface AcknowledgedReport extends SentReport {
  readonly at: number;
}

/** An offer as a client saw it, with the version that it had. */
interface Offer {
  readonly at: number;
  readonly channel: string;
  readonly client: string;
  readonly region: string;
  readonly from: string | undefined;
  readonly to: string;
  readonly back: boolean;
  /** SHA-256 of the manifest that it was sent to. */
  readonly manifest: string;
  /** It was let in one by one. */
  readonly letIn: boolean;
  /** Up to which event the server knew the log when it was asked, and when it answered. */
  readonly askedAt: number;
  readonly seq: number;
  /** Whether the feed that was published by then offered it to this client. */
  readonly published: boolean;
}

/** A fleet on the world's clock. `sent` is every report that may have arrived, `acknowledged` what a server said it had on disk. */
export class SimulatedFleet {
  readonly #options: FleetOptions;
  readonly sent: SentReport[] = [];
  readonly acknowledged: AcknowledgedReport[] = [];
  readonly offers: Offer[] = [];
  readonly checks: UpdateChecks;
  readonly #regions: ReadonlyMap<string, string>;

  /** The region that a client names; machines are all of one. */
  regionOf(id: string): string {
    return this.#regions.get(id) ?? "eu";
  }

  get clients(): readonly SimulatedClient[] {
    return this.#options.clients;
  }

  constructor(options: FleetOptions) {
    this.#options = options;
    const { world, random, clients, pollMs } = options;
    this.checks = new UpdateChecks(world);
    this.#regions = new Map(clients.map(({ id, region }) => [id, region]));
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
    const { id, version, channel, region, address } = client;
    const headers = ["X-App", world.app, "X-Channel", channel, "X-Client-Id", id, "X-Attribute-Region", region];
    if (version !== undefined) headers.push("X-Current-Version", version);
    this.checks.ask({ id, channel, address, headers }, (answer) => {
      // A slow answer may come when the client has got another version by a later one.
      if (client.version === version) this.#take(client, answer);
      if (answer.reason === "downloads-full")
        world.clock.wakeAt(world.clock.now() + askAgainMs, () => this.#poll(client));
    });
  }

  #take(client: SimulatedClient, { offer, ...answer }: Answered): void {
    const { world, random, failureRate, isDark } = this.#options;
    const { id, version, channel, region } = client;
    if (offer === undefined) return;
    const { version: to, back } = offer;
    // Whoever is told to go back does, also to what it has failed to install: here that succeeds always.
    if (!back && client.refused.has(to)) return;
    this.note({ ...answer, ...offer, channel, client: id, region, from: version, to });
    this.#report(client, to, "in-progress");
    const rate = failureRate(to, client.region);
    const fails = !back && random.chance(rate);
    // What fails on everybody fails at once; other mistakes show only later on some.
    const late = fails && rate < 1 && random.chance(0.3) && !isDark(to);
    world.clock.wakeAt(world.clock.now() + 60_000 + random.below(600_000), () => {
      if (fails && !late) client.refused.add(to);
      else client.version = to;
      if (fails && isDark(to)) return;
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
  note({
    client,
    channel,
    region,
    from,
    to,
    back,
    manifest,
    letIn,
    askedAt,
    seq,
  }: Omit<Offer, "at" | "published">): void {
    const { world } = this.#options;
    const published = letIn || this.#isPublished(channel, client, to, back);
    const about = { client, channel, region, from, to, back, manifest, letIn, askedAt, seq };
    this.offers.push({ ...about, at: world.clock.now(), published });
    world.tell(`${client} with ${from ?? "nothing"} is offered ${to}`);
  }

  /** What the signed feed says, which a client that reads files sees. Taken back is taken back at once, published or not. */
  #isPublished(channel: string, client: string, to: string, back: boolean): boolean {
    return back || this.#feeds(channel).some((text) => this.#offers(text, client, to));
  }

  /** The published feed of a channel, and the one before it as long as the log has not told of the newer. */
  *#feeds(channel: string): Generator<string, void> {
    const { world } = this.#options;
    const { texts, before } = world.published;
    const path = feedPath(channel);
    const [is, was] = [texts.get(path), before?.get(path)];
    if (is !== undefined) yield is;
    if (was === undefined) return;
    const told = world.log().findLast(({ type }) => type === "FeedsPublished")?.data.feeds as
      | Readonly<Record<string, string>>
      | undefined;
    if (told?.[channel] === sha256Hex(was)) yield was;
  }

  #offers(text: string, client: string, to: string): boolean {
    const { releases } = feedSchema.parse(JSON.parse(text));
    return releases.some(({ version, exposure, waves }) => {
      const wave = waveOfRegion(waves?.each ?? [], this.regionOf(client));
      const begun = waves?.begun ?? 0;
      return version === to && (wave < begun || (wave === begun && isExposed(exposure, client)));
    });
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
    const { plane, check } = world.node;
    void plane
      .report(
        { app: world.app, channel, clientId: id, version, status, receivedAt: plane.clock.now() },
        { attributes: { region: client.region } },
      )
      .then(
        (refused) => {
          if (refused !== undefined) return;
          this.acknowledged.push({ channel, version, client: id, status, at: world.clock.now() });
          if (status !== "in-progress") this.checks.ended(check, client, version);
        },
        (error: unknown) => {
          world.failed(world.app, error);
          again();
        },
      );
  }
}
