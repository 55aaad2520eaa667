import type { ReportStatus } from "@sluice/server/telemetry/reports.ts";
import type { SimulatedProcess } from "../disk/mount.ts";
import type { Random } from "../fleet/random.ts";
import type { SimulatedFleet } from "./fleet.ts";
import type { Answered } from "./update-checks.ts";
import type { World } from "./world.ts";

/** Machines ask from where the server is. */
const address = "127.0.0.1";
const delayMsMax = 5_000;
/** Longer than a slow disk keeps a server from answering. */
const patienceMs = 3_600_000;

/** What the network knows of a machine. */
interface Machine {
  readonly id: string;
  readonly channel: string;
  isHealthy(version: string): boolean;
}

interface NetworkOptions {
  readonly world: World;
  readonly random: Random;
  /** Hears what agents say, with what the rest of the fleet says. */
  readonly fleet: SimulatedFleet;
  /** What is published under a digest. */
  readonly content: (sha256: string) => string | undefined;
}

/** The network between agents and servers: requests are late or lost, and answers are cut in the middle of a body, or damaged. */
export class AgentNetwork {
  readonly #options: NetworkOptions;
  /** What agents said that is not so. */
  readonly lies: string[] = [];
  /** Machine and version → what the servers were told and have answered, if only with a refusal. */
  readonly heard = new Set<string>();

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  /** Requests as the process of a machine sends them. */
  sendFor(isAlive: () => boolean, machine: Machine): SimulatedProcess["send"] {
    return async (url, headers, body) => {
      const { world, random } = this.#options;
      await this.#delay();
      if (!isAlive()) return new Promise<Response>(() => {});
      if (random.chance(world.faults.weather.cutConnections)) throw this.#failure();
      const answer = await Promise.race([this.#answer(url, headers, body, machine), this.#givenUp()]);
      await this.#delay();
      if (!isAlive()) return new Promise<Response>(() => {});
      if (url.pathname.includes("/status") && random.chance(world.faults.weather.cutConnections)) throw this.#failure();
      return answer;
    };
  }

  #answer(url: URL, headers: Headers, body: unknown, machine: Machine): Promise<Response> | Response {
    if (url.pathname.endsWith("/updates/check")) return this.#check(headers, machine);
    if (url.pathname.endsWith("/updates/status")) return this.#report(String(body), machine);
    return this.#blob(url.pathname.slice(url.pathname.lastIndexOf("/") + 1), headers.get("range"));
  }

  async #check(headers: Headers, machine: Machine): Promise<Response> {
    const { fleet } = this.#options;
    const { id, channel } = machine;
    const asker = { id, channel, address, headers: [...headers].flat() };
    const { status, text, offer, ...answer } = await new Promise<Answered>((resolve) => {
      fleet.checks.ask(asker, resolve);
    });
    const from = headers.get("x-current-version") ?? undefined;
    if (offer !== undefined)
      fleet.note({ ...answer, ...offer, client: id, channel, region: "eu", from, to: offer.version });
    return new Response(status === 304 ? null : text, { status });
  }

  async #report(body: string, machine: Machine): Promise<Response> {
    const { world, fleet } = this.#options;
    const { version, status, details } = JSON.parse(body) as {
      version: string;
      status: ReportStatus;
      details: { ordered?: boolean };
    };
    if (status === "completed" && !machine.isHealthy(version))
      this.lies.push(`${machine.id} says that ${version} is well, and it is not`);
    const ordered = details.ordered === true;
    const said = { channel: machine.channel, version, client: machine.id, status, ordered };
    fleet.sent.push(said);
    world.tell(`${machine.id} reports ${version}: ${status}`);
    const { plane, check } = world.node;
    const report = { app: world.app, clientId: machine.id, ...said, receivedAt: plane.clock.now() };
    try {
      const refused = await plane.report(report, { attributes: { region: "eu" }, platform: "linux-x64" });
      this.heard.add(`${machine.id} ${version} ${status}`);
      if (refused !== undefined) return new Response(null, { status: 409 });
      fleet.acknowledged.push({ ...said, at: world.clock.now() });
      if (status !== "in-progress" && status !== "altered")
        fleet.checks.ended(check, { id: machine.id, channel: machine.channel, address }, version);
      return new Response(null, { status: 202 });
    } catch (error) {
      world.failed(world.app, error);
      return new Response(null, { status: 503 });
    }
  }

  #blob(sha256: string, range: string | null): Response {
    const { world, random, content } = this.#options;
    const whole = content(sha256);
    if (whole === undefined) return new Response(null, { status: 404 });
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
    const bytes = Buffer.from(whole).subarray(from);
    const fault = random.chance(world.faults.weather.cutConnections) ? random.below(2) : undefined;
    if (fault !== undefined) world.faults.strike(fault === 0 ? "a download was cut" : "a download was damaged");
    if (fault === 1) bytes.fill("?", 0, 1);
    const cut = fault === 0 ? random.below(bytes.length + 1) : undefined;
    const stream = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(bytes.subarray(0, cut)));
        if (cut === undefined) controller.close();
        else controller.error(new Error("aborted"));
      },
    });
    const headers = { "content-range": `bytes ${from}-${whole.length - 1}/${whole.length}` };
    return new Response(stream, range === null ? { status: 200 } : { status: 206, headers });
  }

  #failure(): Error {
    this.#options.world.faults.strike("the connection of a machine was cut");
    return new Error("the connection was cut");
  }

  /** Who was asked may be dead by now, and never answer. */
  async #givenUp(): Promise<never> {
    const { clock } = this.#options.world;
    await new Promise<void>((resolve) => void clock.wakeAt(clock.now() + patienceMs, resolve));
    throw new Error("the connection was reset");
  }

  #delay(): Promise<void> {
    const { world, random } = this.#options;
    return new Promise((resolve) => void world.clock.wakeAt(world.clock.now() + 1 + random.below(delayMsMax), resolve));
  }
}
