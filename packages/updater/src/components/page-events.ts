import { createServer, type ServerResponse } from "node:http";
import type { UpdateResult } from "../events.ts";
import { type Listening, listenWhenFree } from "../local/listen.ts";
import { type Clock, systemClock } from "../ports/clock.ts";
import { type Log, silentLog } from "../ports/log.ts";
import type { FrontAddress } from "../program/front.ts";
import type { Updater } from "../updater.ts";

/** So many open pages are told; more are refused. */
const maxPages = 10_000;
/** A line now and then keeps proxies from closing what is quiet, ms. */
const quietMs = 25_000;

/** In the page: reloads it once for each version that is committed, unless it says that this is no time for it. */
const script = `// Reloads this page when a new version is live. Listen to "sluice-update" and preventDefault() to choose the moment yourself.
(() => {
  const events = new EventSource(new URL("events", document.currentScript.src));
  let shown = self.SLUICE_VERSION;
  events.onmessage = async ({ data }) => {
    const { version } = JSON.parse(data);
    shown ??= version;
    if (version === null || version === shown || sessionStorage.getItem("sluice-reloaded") === version) return;
    if (!dispatchEvent(new CustomEvent("sluice-update", { cancelable: true, detail: { version } }))) return;
    sessionStorage.setItem("sluice-reloaded", version);
    if ("caches" in self) for (const name of await caches.keys()) await caches.delete(name);
    for (const worker of (await navigator.serviceWorker?.getRegistrations()) ?? []) await worker.update().catch(() => {});
    location.reload();
  };
})();
`;

/**
 * Tells open pages over server-sent events which version is live: at once when they connect, and when an update is committed, never
 * before. Serves `/sluice/events` and `/sluice/reload.js`; both are public, and say nothing but the version. Where the port is taken, they
 * are served as soon as it is free.
 */
export async function servePageEvents(
  updater: Updater,
  address: FrontAddress,
  { log = silentLog, clock = systemClock }: { readonly log?: Log; readonly clock?: Clock } = {},
): Promise<Listening> {
  let version = (await updater.status()).installed;
  const pages = new Set<ServerResponse>();
  const message = (): string =>
    `data: ${JSON.stringify({ type: "UPDATE_AVAILABLE", version, action: "RELOAD_REQUIRED" })}\n\n`;
  const onEnded = (result: UpdateResult): void => {
    if (result.kind !== "completed") return;
    version = result.version;
    for (const page of pages) page.write(message());
  };
  updater.events.on("ended", onEnded);
  const server = createServer(({ url, method }, response) => {
    const common = { "access-control-allow-origin": "*", "cache-control": "no-cache" };
    if (method !== "GET") response.writeHead(405, { ...common, allow: "GET" }).end();
    else if (url === "/sluice/reload.js")
      response.writeHead(200, { ...common, "content-type": "text/javascript; charset=utf-8" }).end(script);
    else if (url !== "/sluice/events") response.writeHead(404, common).end();
    else if (pages.size >= maxPages) response.writeHead(503, { ...common, "retry-after": "30" }).end();
    else {
      response.writeHead(200, { ...common, "content-type": "text/event-stream" });
      response.write(message());
      pages.add(response);
      response.once("close", () => pages.delete(response));
    }
  });
  const listening = await listenWhenFree(server, {
    address,
    what: "The news for open pages (pages)",
    updater,
    clock,
    log,
  });
  const quiet = setInterval(() => {
    for (const page of pages) page.write(": still here\n\n");
  }, quietMs).unref();
  return {
    get port() {
      return listening.port;
    },
    async close() {
      clearInterval(quiet);
      updater.events.off("ended", onEnded);
      await listening.close();
    },
  };
}
