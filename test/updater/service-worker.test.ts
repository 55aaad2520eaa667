import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { servePageEvents } from "@sluice/updater/components/page-events.ts";
import { packed } from "@sluice/updater/testing/packed.ts";
import { openWorld, type World } from "@sluice/updater/testing/world.ts";
import { openUpdater } from "@sluice/updater/updater.ts";
import { expect, onTestFinished, test } from "vitest";
import { chromiumIsInstalled, chromiumPath, launchChromium } from "../console/browser.ts";

const browserIsHere = await chromiumIsInstalled();

/** Answers from its cache, which is named by the release, and never asks for what is in there again. */
const worker = `importScripts("sluice-version.js");
const mine = "app-" + self.SLUICE_VERSION;
self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(mine).then((cache) => cache.addAll(["/", "/app.js"])));
});
self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name !== mine) await caches.delete(name);
  await self.clients.claim();
})()));
self.addEventListener("fetch", (event) => {
  if (new URL(event.request.url).origin === self.location.origin)
    event.respondWith(caches.match(event.request).then((found) => found ?? fetch(event.request)));
});
`;

async function publish({ stub }: World, version: string, events: string): Promise<void> {
  const page = `<!doctype html><script src="/sluice-version.js"></script><script src="/app.js"></script>
<script src="${events}/sluice/reload.js"></script><script>navigator.serviceWorker.register("/sw.js")</script>`;
  const files = { "index.html": page, "app.js": `document.title = "version ${version}"`, "sw.js": worker };
  stub.publish(version, [{ name: "web", kind: "folder", content: await packed(files) }]);
  stub.live = version;
  stub.offer({ version });
}

/** A web server that knows nothing of releases: it reads the published link. */
async function serve(folder: string): Promise<string> {
  const types: Readonly<Record<string, string>> = { html: "text/html", js: "text/javascript" };
  const server = createServer((request, response) => {
    const name = request.url === "/" ? "index.html" : (request.url ?? "").slice(1);
    readFile(join(folder, name)).then(
      (content) => {
        const type = types[name.split(".").at(-1) ?? ""] ?? "text/plain";
        response.writeHead(200, { "content-type": type, "cache-control": "no-cache" }).end(content);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test.skipIf(!browserIsHere)(
  `a service worker that answers from its cache is renewed by a release, and its cache with it (needs ${chromiumPath})`,
  async () => {
    const world = await openWorld();
    onTestFinished(() => world.end());
    const { program: _, health: __, ...options } = world.options;
    const folder = join(world.folder, "public", "web");
    const components = { web: { kind: "frontend", order: 90, publish: folder } } as const;
    const updater = await openUpdater({ ...options, components });
    const pages = await servePageEvents(updater, { host: "127.0.0.1", port: 0 });
    onTestFinished(() => pages.close());
    const events = `http://127.0.0.1:${pages.port}`;
    await publish(world, "1.0.0", events);
    expect(await updater.update()).toMatchObject({ kind: "completed" });
    const browser = await launchChromium();
    onTestFinished(() => browser.close());
    const context = await browser.newContext();
    let page = await context.newPage();
    const url = await serve(folder);
    await page.goto(url);
    const settled = `navigator.serviceWorker.getRegistration().then(({ installing, waiting, active }) =>
      installing === null && waiting === null && active.state === "activated" && navigator.serviceWorker.controller === active)`;
    const shown = (version: string) =>
      page.waitForFunction(
        `document.title === "version ${version}" && navigator.serviceWorker.controller !== null
          && caches.keys().then((names) => names.join() === "app-${version}" && ${settled})`,
        undefined,
        { timeout: 60_000 },
      );
    await shown("1.0.0");
    await page.reload();
    await shown("1.0.0");

    await publish(world, "2.0.0", events);
    expect(await updater.update()).toMatchObject({ kind: "completed", version: "2.0.0" });

    await shown("2.0.0");
    // Opened anew: of a page whose worker has just been replaced, a reload in a browser that is driven from outside now and then does not end,
    // although worker and cache answer.
    await page.close();
    page = await context.newPage();
    await page.goto(url);
    await shown("2.0.0");
  },
);
