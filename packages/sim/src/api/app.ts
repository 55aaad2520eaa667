import { AsyncLocalStorage } from "node:async_hooks";
import { Readable } from "node:stream";
import type { RandomBytes } from "@sluice/server/access/secret.ts";
import type { BlobStore } from "@sluice/server/blobs/store.ts";
import type { ControlPlane } from "@sluice/server/control-plane/control-plane.ts";
import type { ServedFeeds } from "@sluice/server/control-plane/served-feeds.ts";
import type { Controller } from "@sluice/server/controller/controller.ts";
import type { UpdateCheck } from "@sluice/server/http/check/check.ts";
import type { HttpContext } from "@sluice/server/http/context.ts";
import { EventStreams } from "@sluice/server/http/event-streams.ts";
import { buildHttp } from "@sluice/server/http/http.ts";
import { nothingCounted, silent } from "./unwatched.ts";

/** What of one simulated server its routes stand on. */
export interface ApiServer {
  readonly plane: ControlPlane;
  readonly feeds: ServedFeeds;
  readonly controller: Controller;
  readonly check: UpdateCheck;
  readonly blobs: BlobStore;
  readonly random: RandomBytes;
  readonly identities: HttpContext["identities"];
  /** Where its clients seem to come from: an address of its own, for the application outlives the servers and counts by addresses. */
  readonly address: string;
}

export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  /** As JSON, or the text of a file. */
  readonly body?: object | string;
  readonly authorization?: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
}

/** Whose request it is that the code which runs now answers. */
const serving = new AsyncLocalStorage<ApiServer>();
let application: ReturnType<typeof buildHttp> | undefined;
let addresses = 0;

/** An address that no server had before. */
export function newAddress(): string {
  addresses++;
  return `10.${(addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses & 255}`;
}

/** Builds the production application, once: it takes a tenth of a second. Comes before requests, for it waits for the real disk. */
export async function openApi(): Promise<void> {
  application ??= buildHttp({
    plane: standIn(({ plane }) => plane, { clock: standIn(({ plane }) => plane.clock) }),
    blobs: standIn(({ blobs }) => blobs),
    hookSecrets: standIn(nowhere),
    feeds: standIn(nowhere),
    random: (count) => serverNow().random(count),
    served: standIn(({ feeds }) => feeds),
    check: standIn(({ check }) => check),
    identities: { verify: (token) => standIn(({ identities }) => identities ?? nowhere()).verify(token) },
    streams: new EventStreams(standIn(({ plane }) => plane)),
    drift: standIn(({ controller }) => controller.drift),
    progress: (app) => serverNow().controller.progress(app),
    metrics: nothingCounted,
    logger: silent,
    readiness: async () => ({ ready: true, checks: {} }),
    trustProxy: undefined,
    consoleDir: "/nonexistent",
    blobBytesMax: 1_000_000,
    version: "0.0.0",
  });
  await application;
}

/**
 * Sends a request through the production routes of a server. Never ends when the server dies meanwhile. All of it is promises: without a
 * length the framework starts no timer that looks for slow bodies.
 */
export async function callApi(server: ApiServer, request: ApiRequest): Promise<ApiAnswer> {
  if (application === undefined) throw new Error("the application was not built");
  const app = await application;
  const { method, path, body, authorization } = request;
  const isText = typeof body === "string";
  const headers = {
    ...(authorization === undefined ? {} : { authorization }),
    ...(body === undefined ? {} : { "content-type": isText ? "application/yaml" : "application/json" }),
  };
  const payload = body === undefined ? {} : { payload: Readable.from([isText ? body : JSON.stringify(body)]) };
  // It is sent when it is waited for, so that is to happen in there.
  const reply = await serving.run(
    server,
    async () => await app.inject({ method, url: path, headers, remoteAddress: server.address, ...payload }),
  );
  return { status: reply.statusCode, text: reply.payload };
}

function serverNow(): ApiServer {
  const server = serving.getStore();
  if (server === undefined) throw new Error("no request is being answered");
  return server;
}

/** Stands for a part of the server that answers, whichever it is. @param fixed what is asked for before there is one */
function standIn<T extends object>(part: (server: ApiServer) => T, fixed: Partial<T> = {}): T {
  return new Proxy(fixed as T, {
    get(_, name) {
      if (name in fixed) return Reflect.get(fixed, name);
      const whole = part(serverNow());
      const value: unknown = Reflect.get(whole, name, whole);
      return typeof value === "function" ? value.bind(whole) : value;
    },
  });
}

function nowhere(): never {
  throw new Error("this part of a server is not simulated");
}
