import type { IncomingMessage, ServerResponse } from "node:http";
import { allows } from "@sluice/core/access/roles.ts";
import { stagesOf } from "@sluice/core/application/context.ts";
import type { AppState } from "@sluice/core/application/state.ts";
import { nearestNames } from "@sluice/core/errors/nearest.ts";
import { isRejection } from "@sluice/core/errors/rejection.ts";
import { countedGroups } from "@sluice/core/rollout/waves/wave-of.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import type { Ration, ServedFeed, ServedFeeds } from "../../control-plane/served-feeds.ts";
import { tokenOf } from "../auth.ts";
import { type AddressOf, isLoopback } from "../client-address.ts";
import { isNotModified } from "../not-modified.ts";
import { type Problem, problemOf, rejectionError } from "../problem.ts";
import { writeProblem } from "../write-problem.ts";
import { attributesOf, fullAnswer } from "./answer.ts";
import { Answers } from "./answers.ts";
import { type Ask, type InvalidAsk, readAsk } from "./ask.ts";
import { Downloads } from "./downloads.ts";
import { type Newcomer, Newcomers } from "./newcomers.ts";

export const checkPath = "/api/v1/updates/check";

/**
 * Answers update checks. Fleets ask all the time, so it stands before the framework and touches no database: what is asked
 * is looked up in the feeds in memory, and the answer is mostly one that was made before.
 */
export class UpdateCheck {
  readonly #plane: ControlPlane;
  readonly #feeds: ServedFeeds;
  readonly #failed: (app: string, error: unknown) => void;
  readonly #answers = new Answers();
  readonly #downloads: Downloads;
  readonly #newcomers = new Newcomers();
  readonly #addressOf: AddressOf;
  /** Checks answered so far. */
  answered = 0;

  /**
   * @param addressOf where a request comes from
   * @param failed told when it could not be stored that a client was let in, so that it was not, and of a check that has no answer
   */
  constructor(
    plane: ControlPlane,
    feeds: ServedFeeds,
    addressOf: AddressOf,
    failed: (app: string, error: unknown) => void,
  ) {
    this.#plane = plane;
    this.#feeds = feeds;
    this.#addressOf = addressOf;
    this.#failed = failed;
    this.#downloads = new Downloads(() => plane.clock.now());
  }

  /** A client has said, with a token, how it went with a version: another may download, and more of its address may be let in. */
  ended(app: string, channel: string, clientId: string, version: string, request: IncomingMessage): void {
    this.#downloads.end(app, channel, clientId, version);
    const ration = this.#feeds.get(app, channel)?.ration;
    if (ration === undefined) this.#newcomers.forget(app, channel);
    else if (ration.version === version)
      this.#newcomers.reported({
        app,
        channel,
        promotion: ration.promotion,
        address: this.#addressOf(request),
        clientId,
      });
  }

  /** How often nobody was let in because too many of its address never reported. */
  get passedOver(): number {
    return this.#newcomers.passedOver;
  }

  /** How many clients of each channel that has a ceiling download at the moment, as far as this node knows. */
  downloading(): ReturnType<Downloads["counts"]> {
    return this.#downloads.counts();
  }

  /** Whether a request is an update check, by its first line. */
  static isCheck({ url, method }: IncomingMessage): boolean {
    if (method !== "GET" || url === undefined || !url.startsWith(checkPath)) return false;
    return url.length === checkPath.length || url.charCodeAt(checkPath.length) === 63; // a question mark
  }

  /** Answers one check, whatever happens: no request may end the server. */
  answer(request: IncomingMessage, response: ServerResponse): void {
    this.answered++;
    const ask = readAsk(request.rawHeaders);
    if ("invalid" in ask) {
      refuse(response, ask);
      return;
    }
    const broke = (error: unknown) => {
      this.#failed(ask.app, error);
      if (response.headersSent) response.destroy();
      else
        writeProblem(
          response,
          problemOf("INTERNAL_ERROR", "The server failed. Its log has the reason; please report it."),
        );
    };
    try {
      this.#answer(ask, request, response)?.catch(broke);
    } catch (error) {
      broke(error);
    }
  }

  /** @returns what is still under way where the answer waits for the store */
  #answer(ask: Ask, request: IncomingMessage, response: ServerResponse): Promise<void> | undefined {
    const served = this.#feeds.get(ask.app, ask.channel);
    if (served === undefined) {
      writeProblem(response, this.#notFound(ask.app, ask.channel));
      return undefined;
    }
    const own = served.downloads === undefined ? undefined : (ask.clientId ?? `at ${this.#addressOf(request)}`);
    // First a place to download, then what may be spent on it: who is let in must be able to begin.
    if (own !== undefined && !this.#mayDownload(ask, served, own)) {
      const full = fullAnswer(served.feed);
      response.writeHead(200, full.headers).end(full.body);
      return undefined;
    }
    if (served.ration === undefined) {
      this.#send(ask, served, response);
      return undefined;
    }
    return this.#admitted(ask, served, served.ration, request).then((admitted) => {
      // While it was decided, the release may have been taken back or have become everybody's.
      const now = this.#feeds.get(ask.app, ask.channel);
      const same = now?.ration?.promotion === served.ration?.promotion;
      const version = same && admitted ? served.ration?.version : undefined;
      if (own !== undefined && !admitted) this.#giveBack(ask, now ?? served, own);
      this.#send(ask, now ?? served, response, version);
    });
  }

  /** Whether a client that is to be offered a newer version has a place to download it. The way back is for everybody, at once. */
  #mayDownload(ask: Ask, served: ServedFeed, own: string): boolean {
    const { app, channel } = ask;
    const answer = this.#answers.get(ask, served, () => this.#stateOf(app), served.ration?.version);
    if (served.downloads === undefined || "invalid" in answer) return true;
    if (answer.offers === undefined || answer.isRollback) {
      this.#downloads.end(app, channel, own);
      return true;
    }
    return this.#downloads.begin(app, channel, own, answer.offers, served.downloads);
  }

  /** A client that was not let in has no use for its place, unless it gets something else. */
  #giveBack(ask: Ask, served: ServedFeed, own: string): void {
    const answer = this.#answers.get(ask, served, () => this.#stateOf(ask.app));
    if (!("invalid" in answer) && answer.offers === undefined) this.#downloads.end(ask.app, ask.channel, own);
  }

  /** Whether a client is let in to the release that not everybody gets. Who would not take it anyway is not asked about. */
  async #admitted(ask: Ask, served: ServedFeed, ration: Ration, request: IncomingMessage): Promise<boolean> {
    const { app, channel, clientId, platform } = ask;
    const answer = this.#answers.get(ask, served, () => this.#stateOf(app), ration.version);
    if (clientId === undefined || "invalid" in answer || answer.offers !== ration.version) return false;
    const member = { ...(platform === undefined ? {} : { platform }), attributes: attributesOf(ask.attributes) };
    // Whoever belongs to a wave that has it gets it without being let in.
    if (ration.waves.length > 0) {
      const anyway = this.#answers.get(ask, served, () => this.#stateOf(app));
      if (!("invalid" in anyway) && anyway.offers === ration.version) return false;
    }
    const groups = countedGroups(member, ration.groups, ration.waves);
    const { promotion } = ration;
    const newcomer = { app, channel, promotion, address: this.#addressOf(request), clientId };
    const known = this.#hasToken(request, channel);
    const mayEnter = known || this.#mayEnter(newcomer, ration);
    let admitted = false;
    try {
      admitted = await this.#plane.admit({ app, channel, promotion, clientId, groups, stranger: !mayEnter });
    } catch (error) {
      // What cannot be written down exposes nobody new.
      this.#failed(app, error);
    }
    if (mayEnter && !admitted) this.#newcomers.leave(newcomer);
    return admitted;
  }

  /** Whether who asks proves to be a client: by a token that may report for the stage. */
  #hasToken({ headers }: IncomingMessage, channel: string): boolean {
    const token = tokenOf(this.#plane, headers?.authorization);
    return token !== undefined && allows(token.role, "report") && (token.stages?.includes(channel) ?? true);
  }

  /** Whether who proves nothing may be let in, if there is room. */
  #mayEnter(newcomer: Newcomer, { authenticated }: Ration): boolean {
    if (authenticated) return false;
    // Programs of this machine, and a proxy on it that the operator did not name: all clients have this one address.
    if (newcomer.address !== undefined && isLoopback(newcomer.address)) return true;
    return this.#newcomers.enter(newcomer);
  }

  #send(ask: Ask, served: ServedFeed, response: ServerResponse, admitted?: string): void {
    const answer = this.#answers.get(ask, served, () => this.#stateOf(ask.app), admitted);
    if ("invalid" in answer) refuse(response, answer);
    else if (ask.ifNoneMatch !== undefined && isNotModified(ask.ifNoneMatch, answer.etag))
      response.writeHead(304, answer.notModifiedHeaders).end();
    else response.writeHead(200, answer.headers).end(answer.body);
  }

  #stateOf(app: string): AppState {
    const state = this.#plane.state(app);
    if (state === undefined) throw new Error(`${app} has a feed but no state`);
    return state;
  }

  #notFound(app: string, channel: string): Problem {
    const state = this.#plane.find(app);
    if (isRejection(state)) return rejectionError(state).problem;
    const names = stagesOf(state).map((stage) => stage.name);
    const nearest = nearestNames(channel, names);
    const detail = `Application "${app}" has no channel "${channel}". It has: ${names.join(", ") || "none yet"}.`;
    return problemOf("STAGE_NOT_FOUND", detail, nearest.length === 0 ? {} : { nearest });
  }
}

function refuse(response: ServerResponse, { header, message }: InvalidAsk): void {
  const detail = `${header} ${message}.`;
  writeProblem(response, problemOf("REQUEST_INVALID", detail, { invalid: [{ at: `headers.${header}`, message }] }));
}
