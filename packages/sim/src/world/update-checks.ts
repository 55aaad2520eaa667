import type { IncomingMessage, ServerResponse } from "node:http";
import type { UpdateCheck } from "@sluice/server/http/check/check.ts";
import type { World } from "./world.ts";

/** Who asks, as it asks. */
interface Asker {
  readonly id: string;
  readonly channel: string;
  /** Where its requests come from. */
  readonly address: string;
  /** Name, value, name, value, as Node.js has them. */
  readonly headers: readonly string[];
}

/** What a server answered. */
export interface Answered {
  readonly status: number;
  readonly text: string;
  /** What it offers; undefined: nothing. */
  readonly offer?: { readonly version: string; readonly back: boolean; readonly manifest: string };
  readonly reason?: string;
  /** Up to which event the server knew the log when it was asked, and when it answered. */
  readonly askedAt: number;
  readonly seq: number;
  /** What is offered was not everybody's when it was asked for: clients are let in to it one by one. */
  readonly letIn: boolean;
}

/** What became of the places to download that a server keeps, in its order. Times by the server's own clock, ms since the epoch. */
export type Download = { readonly check: UpdateCheck; readonly channel: string; readonly client: string } & (
  | { readonly kind: "asked"; readonly now: number }
  | {
      readonly kind: "offered";
      readonly askedAt: number;
      readonly asked: number;
      readonly seq: number;
      readonly inOrder: number;
    }
  | { readonly kind: "answered" }
  | { readonly kind: "ended"; readonly version: string }
);

/** The production update check of the servers, asked as Node.js would call it. */
export class UpdateChecks {
  readonly #world: World;
  readonly downloads: Download[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** @param answered told what any of the servers answers; never, where it was killed before it could. */
  ask({ id, channel, address, headers }: Asker, answered: (answer: Answered) => void): void {
    const world = this.#world;
    const { check, plane, feeds } = world.node;
    const seqNow = () => plane.head(world.app)?.seq ?? 0;
    const askedAt = seqNow();
    const begun = plane.clock.now();
    const ration = feeds.get(world.app, channel)?.ration;
    const about = { check, channel, client: id };
    const inOrder = this.downloads.push({ ...about, kind: "asked", now: begun });
    let status = 0;
    const response = {
      writeHead(code: number) {
        status = code;
        return response;
      },
      end: (text = "") => {
        const seq = seqNow();
        const answer = { status, text, askedAt, seq };
        this.downloads.push({ ...about, kind: "answered" });
        if (status !== 200) {
          answered({ ...answer, letIn: false });
          return;
        }
        const { version, rollback, signature = "", reason } = JSON.parse(text) as Body;
        const said = { ...answer, ...(reason === undefined ? {} : { reason }) };
        if (version === undefined) {
          answered({ ...said, letIn: false });
          return;
        }
        if (!rollback) this.downloads.push({ ...about, kind: "offered", askedAt: begun, asked: askedAt, seq, inOrder });
        const manifest = signature.slice("sha256:".length);
        answered({ ...said, offer: { version, back: rollback, manifest }, letIn: ration?.version === version });
      },
    };
    check.answer(requestOf(address, headers), response as unknown as ServerResponse);
  }

  /** A server has taken in how it went with a version on a client. */
  ended(check: UpdateCheck, { id, channel, address }: Omit<Asker, "headers">, version: string): void {
    check.ended(this.#world.app, channel, id, version, requestOf(address, []));
    this.downloads.push({ check, channel, client: id, kind: "ended", version });
  }
}

interface Body {
  readonly version?: string;
  readonly rollback: boolean;
  readonly signature?: string;
  readonly reason?: string;
}

function requestOf(address: string, rawHeaders: readonly string[]): IncomingMessage {
  return { rawHeaders, headers: {}, socket: { remoteAddress: address } } as unknown as IncomingMessage;
}
