import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { UpdaterError } from "../errors.ts";

/** Where people reach the program while the updater changes it behind. */
export interface FrontAddress {
  readonly host: string;
  readonly port: number;
}

/** An HTTP proxy before the program: each request goes to the version that is in front at that moment, none is ever refused for a change. */
export interface Front {
  /** Sends what comes from now on to a port of this machine. Listens at the first call. */
  to(port: number): Promise<void>;
  /** Resolves when no request to that port is under way any more, at the latest after `timeoutMs`. */
  drained(port: number, timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

/** Headers that are for one connection only, RFC 9110 section 7.6.1. */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const local = "127.0.0.1";

export function openFront({ host, port }: FrontAddress): Front {
  let target: number | undefined;
  const underWay = new Map<number, number>();
  const waiting = new Set<() => void>();
  const count = (to: number, by: 1 | -1): void => {
    underWay.set(to, (underWay.get(to) ?? 0) + by);
    for (const look of waiting) look();
  };

  const forward = (incoming: IncomingMessage, response: ServerResponse): void => {
    const to = target;
    if (to === undefined) return void response.writeHead(503, { "retry-after": "1" }).end();
    count(to, 1);
    response.once("close", () => count(to, -1));
    const headers = {
      ...endToEnd(incoming.headers),
      "x-forwarded-for": incoming.socket.remoteAddress,
      connection: "close",
    };
    // A connection for each request: one that is kept open may be closed by the program just as it is used.
    const outgoing = request(
      { host: local, port: to, method: incoming.method, path: incoming.url, headers, agent: false },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
        answer.pipe(response);
        answer.once("error", () => response.destroy());
      },
    );
    outgoing.once("error", () => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end();
    });
    response.once("close", () => outgoing.destroy());
    incoming.pipe(outgoing);
  };

  /** WebSockets and the like: from here on the two ends talk for themselves. */
  const tunnel = (incoming: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const to = target;
    if (to === undefined) return void socket.end("HTTP/1.1 503 Service Unavailable\r\n\r\n");
    count(to, 1);
    socket.once("close", () => count(to, -1));
    const upstream: Socket = connect(to, local, () => {
      const lines = [`${incoming.method} ${incoming.url} HTTP/1.1`];
      for (let at = 0; at < incoming.rawHeaders.length; at += 2)
        lines.push(`${incoming.rawHeaders[at]}: ${incoming.rawHeaders[at + 1]}`);
      upstream.write(`${lines.join("\r\n")}\r\n\r\n`);
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.once("error", () => socket.destroy());
    socket.once("error", () => upstream.destroy());
  };

  const server = createServer({ requestTimeout: 0 }, forward).on("upgrade", tunnel);
  return {
    async to(next) {
      target = next;
      if (server.listening) return;
      await new Promise<void>((resolve, reject) => {
        server.once("error", (cause) =>
          reject(
            new UpdaterError("CONFIG_INVALID", `${host}:${port} cannot be listened on: ${cause.message}`, { cause }),
          ),
        );
        server.listen(port, host, resolve);
      });
    },
    async drained(of, timeoutMs) {
      if ((underWay.get(of) ?? 0) === 0) return;
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          waiting.delete(look);
          resolve();
        };
        const timer = setTimeout(done, timeoutMs);
        const look = () => {
          if ((underWay.get(of) ?? 0) === 0) done();
        };
        waiting.add(look);
      });
    },
    async close() {
      target = undefined;
      if (!server.listening) return;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function endToEnd(headers: IncomingMessage["headers"]): IncomingMessage["headers"] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.has(name)));
}
