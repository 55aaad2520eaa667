import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { writeDurably } from "../disk/durable.ts";
import { asUpdaterError } from "../disk/failure.ts";
import { remove } from "../disk/files.ts";
import type { Layout } from "../disk/layout.ts";
import { UpdaterError } from "../errors.ts";
import type { Board } from "../notify/board.ts";
import type { UpdateNotification } from "../notify/notification.ts";
import type { Log } from "../ports/log.ts";
import type { Ports } from "../ports/ports.ts";
import type { Updater } from "../updater.ts";
import { openStreams } from "./events.ts";
import { isLocalHost, showsToken } from "./guard.ts";
import { type Listening, listenWhenFree } from "./listen.ts";
import { countUpdates } from "./metrics.ts";
import { page } from "./page.ts";

/** Largest request in bytes. */
const maxRequestBytes = 4_096;

const actionSchema = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("install") }),
  z.strictObject({ action: z.literal("schedule"), at: z.iso.datetime({ offset: true }) }),
  z.strictObject({ action: z.literal("dismiss") }),
]);

interface Served {
  readonly updater: Updater;
  readonly board: Board;
  readonly ports: Ports;
  readonly signal: AbortSignal;
}

/**
 * Serves the status page, and the API for the program that the agent looks after, on the loopback interface alone. Reading is
 * free to everybody on the machine; acting needs the token, which is written to a file that only the agent's user can read. Where the
 * port is taken, it is served as soon as it is free.
 * @param options.port 0: any free one
 */
export async function serveLocally(
  options: Served & {
    readonly layout: Layout;
    readonly identity: { readonly app: string; readonly channel: string };
    readonly port: number;
    readonly log: Log;
  },
): Promise<Listening> {
  const { updater, board, layout, identity, log, ports } = options;
  const token = randomBytes(32).toString("base64url");
  const streams = openStreams(updater, board);
  const registry = countUpdates(updater, identity, ports.clock);
  const server = createServer((request, response) => {
    const answered = route(request, response);
    answered.catch((error: unknown) => {
      const { code, message } = asUpdaterError(error, "a request to the status page");
      reply(response, code === "UPDATE_IN_PROGRESS" ? 409 : 400, { code, message });
    });
  });
  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!isLocalHost(request))
      return reply(response, 403, { code: "NOT_ALLOWED", message: "Ask for this machine by its own name" });
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const notification = /^\/api\/notifications\/([0-9a-f-]{36})$/.exec(pathname)?.[1];
    switch (`${request.method} ${pathname}`) {
      case "GET /":
        return write(response, 200, "text/html; charset=utf-8", page);
      case "GET /api/status":
        return reply(response, 200, await updater.status());
      case "GET /api/notifications":
        return reply(response, 200, { notifications: board.standing(ports.clock.now()) });
      case "GET /metrics":
        return write(response, 200, registry.contentType, await registry.metrics());
      case "GET /api/events":
        if (!streams.add(response)) reply(response, 503, { code: "UNEXPECTED", message: "Too many listen already" });
        return;
    }
    if (request.method !== "POST" || notification === undefined)
      return reply(response, 404, { code: "NOT_FOUND", message: "There is nothing at this address" });
    if (!showsToken(request, token))
      return reply(response, 401, { code: "NOT_ALLOWED", message: `Acting needs the token in ${layout.localToken}` });
    const found = board.standing(ports.clock.now()).find(({ id }) => id === notification);
    if (found === undefined) return reply(response, 404, { code: "NOT_FOUND", message: "No such notification stands" });
    reply(response, 200, await act(found, await bodyOf(request), options));
  };
  // Where somebody else has the port, they would be shown the token by a program that finds it.
  await remove(layout.localToken);
  const listening = await listenWhenFree(server, {
    address: { host: "127.0.0.1", port: options.port },
    what: "The status page (local.port)",
    updater,
    clock: ports.clock,
    log,
    async onListening(port) {
      await writeDurably(layout.localToken, token, 0o600);
      log.info("The status page is served", { url: `http://127.0.0.1:${port}/` });
    },
  });
  return {
    get port() {
      return listening.port;
    },
    async close() {
      streams.end();
      await listening.close();
    },
  };
}

async function act(
  { id, version }: UpdateNotification,
  body: unknown,
  { updater, board, signal }: Served,
): Promise<object> {
  const parsed = actionSchema.safeParse(body);
  if (!parsed.success)
    throw new UpdaterError(
      "CHOICE_REFUSED",
      'An action is one of {"action":"install"}, {"action":"schedule","at":"2026-03-15T02:00:00Z"}, {"action":"dismiss"}',
    );
  const asked = parsed.data;
  switch (asked.action) {
    case "install":
      return { result: await updater.update(signal) };
    case "schedule":
      return { choices: await updater.choose({ choice: "schedule", version, atMs: Date.parse(asked.at) }) };
    case "dismiss":
      return { dismissed: board.dismiss(id) };
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  if (Number(request.headers["content-length"] ?? Number.POSITIVE_INFINITY) > maxRequestBytes)
    throw new UpdaterError("CHOICE_REFUSED", "The request is too large, or does not say how large it is");
  try {
    return JSON.parse(await text(request));
  } catch {
    throw new UpdaterError("CHOICE_REFUSED", "The request is not JSON");
  }
}

function reply(response: ServerResponse, status: number, body: object): void {
  write(response, status, "application/json", JSON.stringify(body));
}

function write(response: ServerResponse, status: number, type: string, body: string): void {
  response
    .writeHead(status, {
      "content-type": type,
      "content-length": Buffer.byteLength(body),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "content-security-policy":
        "default-src 'self'; img-src data:; script-src 'unsafe-inline'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    })
    .end(body);
}
