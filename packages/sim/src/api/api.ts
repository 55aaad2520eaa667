import { accessStream } from "@sluice/core/access/tokens.ts";
import type { ApplicationCommand } from "@sluice/core/application/commands.ts";
import { rfc3339 } from "@sluice/core/time/instant.ts";
import type { Random } from "../fleet/random.ts";
import type { World } from "../world/world.ts";
import { type ApiAnswer, type ApiServer, callApi, newAddress } from "./app.ts";
import { type Ask, type AskKind, askOf } from "./ask.ts";
import { memoryBlobs } from "./blobs.ts";
import type { Attempt, Call, Grant } from "./call.ts";
import { ForgeIdentities } from "./identities.ts";

/** How likely each thing is to go wrong between people and servers. */
interface ApiWeather {
  readonly requestLost: number;
  readonly answerLost: number;
  readonly doubled: number;
  /** The share of what people do, of those who give their commands directly otherwise, that goes through routes. */
  readonly share: number;
}

const delayMsMax = 10_000;
/** A request that was doubled may come again so long after. */
const doubledMsMax = 2 * 3_600_000;
const patienceMs = 600_000;
const triesMax = 4;
/** What those who approve give through routes; what else they do in histories they have other means for. */
const ofApprovers: readonly AskKind[] = [
  ...(["ApprovePromotion", "RejectPromotion", "ReportCheck"] as const),
  ...(["RequestRollback", "ApproveRollback", "RejectRollback"] as const),
];

type Node = World["node"];

interface ApiOptions {
  readonly world: World;
  /** Of the network. */
  readonly random: Random;
  /** Of which secrets are made. */
  readonly secrets: Random;
  readonly weather: ApiWeather;
}

/** The production routes of all servers, behind a network that delays, loses and doubles; and all that was asked through them. */
export class Api {
  readonly calls: Call[] = [];
  /** In the order in which they arrived. */
  readonly attempts: Attempt[] = [];
  /** Those to whom tokens were given, by name, as far as anybody has heard of it. */
  readonly grants = new Map<string, Grant>();
  /** Content that was uploaded: digest → size. */
  readonly content = new Map<string, number>();
  readonly identities: ForgeIdentities;
  readonly #options: ApiOptions;
  readonly #servers = new WeakMap<Node, ApiServer>();
  readonly #weather: ApiWeather;
  #isOver = false;

  constructor(options: ApiOptions) {
    this.#options = options;
    this.#weather = options.weather;
    this.identities = new ForgeIdentities();
  }

  /** From now on nobody asks any more, and nothing that is on its way arrives. */
  end(): void {
    this.#isOver = true;
  }

  /** Gives a command as a person through the routes, if this is one of those that go there. @returns whether it is */
  take(command: ApplicationCommand, actor: string): boolean {
    const { world, random } = this.#options;
    const grant = this.grants.get(actor);
    if (grant === undefined || this.#isOver || !random.chance(this.#weather.share)) return false;
    // Only an admin passes over policies, and always does: whoever would not gives the command directly.
    if (command.type === "RequestPromotion" && command.override !== undefined && command.policies !== true)
      return false;
    const ask = askOf(world.app, command, this.nextMark());
    if (ask === undefined || (grant.role === "approver" && !ofApprovers.includes(ask.kind))) return false;
    void this.send(grant, ask);
    return true;
  }

  /** What the reason of the next call ends with. */
  nextMark(): string {
    return `(call ${this.calls.length})`;
  }

  /** The call whose reason ends with such a mark. */
  callOf(mark: string): Call | undefined {
    return this.calls[Number(/\d+/.exec(mark)?.[0])];
  }

  /** Asks for something until there is an answer, or patience ends. @returns what its sender hears, if anything */
  async send(grant: Grant | undefined, ask: Ask): Promise<ApiAnswer | undefined> {
    const { world, random } = this.#options;
    const call: Call = { mark: this.nextMark(), grant, ask, attempts: [] };
    this.calls.push(call);
    for (let time = 0; time < triesMax && !this.#isOver; time++) {
      const { node } = this;
      world.tell(
        `${grant?.name ?? "somebody"} asks ${ask.method} ${ask.path} ${JSON.stringify(ask.body ?? "")} ${call.mark}`,
      );
      if (random.chance(this.#weather.doubled))
        void this.#sleep(random.below(doubledMsMax)).then(() => this.#deliver(call, node));
      const arriving = random.chance(this.#weather.requestLost) ? this.#lost() : this.#deliver(call, node);
      const answer = await Promise.race([arriving, this.#sleep(patienceMs)]);
      await this.#sleep(1 + random.below(delayMsMax));
      const lost = answer !== undefined && random.chance(this.#weather.answerLost);
      if (lost) world.faults.strike("an answer was lost on its way");
      if (answer === undefined || lost || answer.status >= 500) continue;
      world.tell(`${grant?.name ?? "somebody"} hears ${answer.status} ${call.mark}`);
      return answer;
    }
    return undefined;
  }

  /** Any of the servers that run. */
  get node(): Node {
    const { world, random } = this.#options;
    const nodes = world.servers();
    const node = nodes[random.below(nodes.length)];
    if (node === undefined) throw new Error("the server is not running");
    return node;
  }

  async #deliver(call: Call, node: Node): Promise<ApiAnswer | undefined> {
    const { world, random } = this.#options;
    await this.#sleep(1 + random.below(delayMsMax));
    // Who stands still answers what came meanwhile, when it goes on.
    while (node.stalledUntil > world.clock.now()) await this.#sleep(node.stalledUntil - world.clock.now());
    if (!node.alive || node.isEnding || this.#isOver) return undefined;
    const { plane } = node;
    const heard = plane.head(world.app)?.seq ?? 0;
    const attempt: Attempt = { call, ...this.#seqs(), heard, now: plane.clock.now(), isOpen: () => node.alive };
    call.attempts.push(attempt);
    this.attempts.push(attempt);
    const secret = call.grant?.secret;
    const authorization = secret === undefined ? {} : { authorization: `Bearer ${secret}` };
    const answer = await callApi(this.#serverOf(node), { ...call.ask, ...authorization });
    attempt.answer = { ...answer, ...this.#seqs() };
    return answer;
  }

  #seqs() {
    const { world } = this.#options;
    return { seq: world.log().length, serverSeq: world.log(accessStream).length };
  }

  #serverOf(node: Node): ApiServer {
    const known = this.#servers.get(node);
    if (known !== undefined) return known;
    const { plane, feeds, controller, check } = node;
    const server: ApiServer = {
      ...{ plane, feeds, controller, check },
      blobs: memoryBlobs(this.content, () => node.alive),
      random: (count) => Buffer.from(Array.from({ length: count }, () => this.#options.secrets.below(256))),
      identities: this.identities,
      address: newAddress(),
    };
    this.#servers.set(node, server);
    return server;
  }

  async #lost(): Promise<undefined> {
    this.#options.world.faults.strike("a request was lost on its way");
    await this.#sleep(patienceMs);
  }

  #sleep(ms: number): Promise<undefined> {
    const { clock } = this.#options.world;
    return new Promise((resolve) => void clock.wakeAt(clock.now() + ms, () => resolve(undefined)));
  }
}

/** A request for a token, and what its holder may do once it was answered. */
export function tokenAsk(token: Omit<Grant, "secret" | "apps">): Ask {
  const { expiresAt, ...rest } = token;
  const body = { ...rest, ...(expiresAt === undefined ? {} : { expiresAt: rfc3339(expiresAt) }) };
  return { kind: "CreateToken", subject: token.name, method: "POST", path: "/api/v1/tokens", body };
}

/** A request that nobody may use a token any more. */
export function revocation(name: string): Ask {
  return { kind: "RevokeToken", subject: name, method: "DELETE", path: `/api/v1/tokens/${name}` };
}
