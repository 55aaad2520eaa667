import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "@sluice/server/clock/clock.ts";
import type { Repository } from "@sluice/server/feeds/repository.ts";
import { feedFile } from "@sluice/server/feeds/serve.ts";
import { openTrustedFeeds, type TrustedFeeds } from "@sluice/updater/verify/trusted-feeds.ts";
import { onTestFinished } from "vitest";
import { openApp, targetsOf } from "./fixture-data.ts";

export const dayMs = 86_400_000;

/** A clock that stands still until it is set. */
export interface SetClock extends Clock {
  at: number;
}

export function setClock(at = Date.now()): SetClock {
  return {
    at,
    now() {
      return this.at;
    },
    wakeAt: () => () => undefined,
  };
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-feeds-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Answers a request itself by returning true. */
export type Interceptor = (path: string, response: ServerResponse) => boolean | Promise<boolean>;

export interface FeedServer {
  readonly url: string;
  /** Paths asked for, in order. */
  readonly asked: string[];
  repository: Repository;
  intercept: Interceptor;
}

/** Serves `/feeds/APP/` from a repository that can be exchanged. */
export async function serveFeeds(repository: Repository, app: string): Promise<FeedServer> {
  const server = createServer(async (request, response) => {
    const path = (request.url ?? "").slice(`/feeds/${app}/`.length);
    state.asked.push(path);
    if (await state.intercept(path, response)) return;
    const file = await feedFile(state.repository, path);
    response.writeHead(file === undefined ? 404 : 200, file?.headers).end(file?.body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const state: FeedServer = {
    url: `http://127.0.0.1:${port}/feeds/${app}`,
    asked: [],
    repository,
    intercept: () => false,
  };
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  return state;
}

/** A client with its own folder, trusting the root given. */
export async function openClient(
  server: FeedServer,
  rootJson: string,
  options: { readonly folder?: string; readonly timeoutMs?: number } = {},
): Promise<TrustedFeeds & { readonly folder: string }> {
  const home = options.folder ?? (await temporaryFolder());
  const pinnedRoot = join(home, "installed-root.json");
  await writeFile(pinnedRoot, rootJson);
  const folder = join(home, "metadata");
  const feeds = await openTrustedFeeds({
    app: "myapp",
    baseUrl: server.url,
    pinnedRoot,
    folder,
    timeoutMs: options.timeoutMs ?? 30_000,
  });
  return { ...feeds, folder };
}

/** A running application with some releases, and a client of it. */
export async function setUp(versions: readonly string[], clock = setClock()) {
  const data = await temporaryFolder();
  const repository = await openApp(data, "myapp", clock);
  await repository.publish(targetsOf(versions));
  const server = await serveFeeds(repository, "myapp");
  const client = await openClient(server, repository.rootJson());
  return { data, clock, repository, server, client };
}
