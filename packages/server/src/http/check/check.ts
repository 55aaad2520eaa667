import type { IncomingMessage, ServerResponse } from "node:http";
import { stagesOf } from "@sluice/core/application/context.ts";
import type { AppState } from "@sluice/core/application/state.ts";
import { nearestNames } from "@sluice/core/errors/nearest.ts";
import { isRejection } from "@sluice/core/errors/rejection.ts";
import { countedGroups } from "@sluice/core/rollout/waves/wave-of.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import type { Ration, ServedFeed, ServedFeeds } from "../../control-plane/served-feeds.ts";
import { isNotModified } from "../not-modified.ts";
import { type Problem, problemOf, rejectionError } from "../problem.ts";
import { writeProblem } from "../write-problem.ts";
import { attributesOf } from "./answer.ts";
import { Answers } from "./answers.ts";
import { type Ask, type InvalidAsk, readAsk } from "./ask.ts";

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
  /** Checks answered so far. */
  answered = 0;

  /** @param failed told when it could not be stored that a client was let in, so that it was not */
  constructor(plane: ControlPlane, feeds: ServedFeeds, failed: (app: string, error: unknown) => void) {
    this.#plane = plane;
    this.#feeds = feeds;
    this.#failed = failed;
  }

  /** Whether a request is an update check, by its first line. */
  static isCheck({ url, method }: IncomingMessage): boolean {
    if (method !== "GET" || url === undefined || !url.startsWith(checkPath)) return false;
    return url.length === checkPath.length || url.charCodeAt(checkPath.length) === 63; // a question mark
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    this.answered++;
    const ask = readAsk(request.rawHeaders);
    if ("invalid" in ask) {
      refuse(response, ask);
      return;
    }
    const served = this.#feeds.get(ask.app, ask.channel);
    if (served === undefined) {
      writeProblem(response, this.#notFound(ask.app, ask.channel));
      return;
    }
    if (served.ration === undefined) this.#send(ask, served, response);
    else
      void this.#admitted(ask, served, served.ration).then((admitted) => {
        // While it was decided, the release may have been taken back or have become everybody's.
        const now = this.#feeds.get(ask.app, ask.channel);
        const same = now?.ration?.promotion === served.ration?.promotion;
        this.#send(ask, now ?? served, response, same && admitted ? served.ration?.version : undefined);
      });
  }

  /** Whether a client is let in to the release that not everybody gets. Who would not take it anyway is not asked about. */
  async #admitted(ask: Ask, served: ServedFeed, ration: Ration): Promise<boolean> {
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
    try {
      return await this.#plane.admit({ app, channel, promotion: ration.promotion, clientId, groups });
    } catch (error) {
      // What cannot be written down exposes nobody new.
      this.#failed(app, error);
      return false;
    }
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
