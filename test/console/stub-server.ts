import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { StatusView } from "@sluice/core/views/status.ts";
import type { Explanation } from "@sluice/core/views/why.ts";

/** What the stub answers; change it while it runs. */
interface World {
  apps: { app: string; seq: number }[];
  status: () => StatusView;
  why: () => Explanation;
  log: SealedEvent[];
}

const types: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/** A server with the console's files and canned answers of the API. It can be stopped and started again on its port. */
export class StubServer {
  readonly world: World;
  readonly #dist: string;
  readonly #token: string;
  readonly #streams = new Set<ServerResponse>();
  #server: Server | undefined;
  #port = 0;

  constructor(dist: string, token: string, world: World) {
    this.#dist = dist;
    this.#token = token;
    this.world = world;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/`;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response));
    this.#server = server;
    await new Promise<void>((listening) => server.listen(this.#port, "127.0.0.1", listening));
    this.#port = (server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise((done) => server.close(done));
    server.closeAllConnections();
    this.#streams.clear();
    await closed;
  }

  /** Appends events to the log and sends them to whoever listens. */
  append(events: readonly SealedEvent[]): void {
    this.world.log.push(...events);
    for (const stream of this.#streams) for (const event of events) stream.write(message(event));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? "/", this.url);
    response.setHeader("content-security-policy", "default-src 'self'");
    if (!pathname.startsWith("/api/")) return this.#file(pathname === "/" ? "index.html" : pathname, response);
    if (request.headers.authorization !== `Bearer ${this.#token}`)
      return json(response, 401, { title: "Not authenticated" });
    const { apps, status, why } = this.world;
    if (pathname === "/api/v1/apps") return json(response, 200, { apps });
    if (pathname === "/api/v1/apps/myapp/status") return json(response, 200, status());
    if (pathname === "/api/v1/apps/myapp/why/1.5.0/beta") return json(response, 200, why());
    if (pathname === "/api/v1/apps/myapp/events")
      return this.#stream(Number(request.headers["last-event-id"]), response);
    json(response, 404, { title: "Not found", detail: `there is nothing at ${pathname}` });
  }

  #stream(after: number, response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(": the log follows\n\n");
    for (const event of this.world.log) if (event.seq > after) response.write(message(event));
    this.#streams.add(response);
    response.on("close", () => this.#streams.delete(response));
  }

  async #file(path: string, response: ServerResponse): Promise<void> {
    const file = await readFile(join(this.#dist, normalize(`/${path}`))).catch(() => undefined);
    if (file === undefined) return json(response, 404, { title: "Not found" });
    response.writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream" }).end(file);
  }
}

function json(response: ServerResponse, status: number, body: object): void {
  const type = status < 400 ? "application/json" : "application/problem+json";
  response.writeHead(status, { "content-type": type }).end(JSON.stringify(body));
}

function message(event: SealedEvent): string {
  return `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
