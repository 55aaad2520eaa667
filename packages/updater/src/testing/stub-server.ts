import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Feed } from "@sluice/core/feed/feed.ts";
import { type Component, type Manifest, manifestDigest } from "@sluice/core/release/manifest.ts";

/** A report as it came in. */
export interface SeenReport {
  readonly version: string;
  readonly status: string;
  readonly timestamp: string;
  readonly details: Record<string, unknown>;
  readonly headers: IncomingMessage["headers"];
}

export interface StubServer {
  readonly url: string;
  readonly checks: IncomingMessage["headers"][];
  readonly reports: SeenReport[];
  /** Requests for blobs: digest and range. */
  readonly fetched: { readonly digest: string; readonly range: string | undefined }[];
  /** Adds a release to what is published. */
  publish(version: string, components: readonly (Omit<Component, "sha256" | "size"> & { content: Buffer })[]): Manifest;
  /** What the next checks are told. */
  offer(
    answer: { readonly version: string; readonly rollback?: boolean; readonly nextCheckSeconds?: number } | undefined,
  ): void;
  /** Versions that nobody may keep, and the one that is live; part of the feed. */
  away: string[];
  live: string | undefined;
  /** Replaces the usual behaviour for a path. Returns whether it answered. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  close(): Promise<void>;
}

/** An update server without signatures, over real HTTP: checks, reports, blobs with ranges, and feed and manifests as plain JSON. */
export async function startStub(app = "myapp", channel = "stable"): Promise<StubServer> {
  const blobs = new Map<string, Buffer>();
  const manifests = new Map<string, Manifest>();
  const nothing = { updateAvailable: false, mandatory: false, rollback: false, reason: "up-to-date" };
  let answer: typeof nothing & { readonly version?: string } = nothing;
  let edition = 0;

  const server = createServer((request, response) => {
    if (stub.intercept?.(request, response)) return;
    void route(request, response);
  });

  const feed = (): Feed => ({
    app,
    channel,
    ...(stub.live === undefined ? {} : { live: stub.live }),
    releases: [...manifests.values()].map((manifest) => ({
      version: manifest.version,
      exposure: { basisPoints: 10_000, salt: "s" },
      manifest: manifestDigest(manifest),
    })),
    away: stub.away,
    checkSeconds: 60,
    log: { seq: 0, hash: "0".repeat(64) },
  });

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? "/", "http://stub").pathname;
    const blob = /\/blobs\/([0-9a-f]{64})$/.exec(path)?.[1];
    const version = /\/releases\/(.+)\.json$/.exec(path)?.[1];
    if (path === "/api/v1/updates/check") {
      stub.checks.push(request.headers);
      const has = request.headers["x-current-version"];
      const etag = `"${edition}-${has}"`;
      if (request.headers["if-none-match"] === etag) return void response.writeHead(304, { etag }).end();
      response
        .writeHead(200, { etag, "content-type": "application/json" })
        .end(JSON.stringify(answer.version === has ? nothing : answer));
    } else if (path === "/api/v1/updates/status") {
      const body = JSON.parse(await text(request)) as Omit<SeenReport, "headers">;
      stub.reports.push({ ...body, headers: request.headers });
      response.writeHead(202).end();
    } else if (path.endsWith("/feed.json")) {
      response.end(JSON.stringify(feed()));
    } else if (version !== undefined) {
      response.end(JSON.stringify(manifests.get(version)));
    } else if (blob !== undefined) {
      serveBlob(request, response, blob);
    } else {
      response.writeHead(404).end();
    }
  };

  const serveBlob = (request: IncomingMessage, response: ServerResponse, digest: string): void => {
    const content = blobs.get(digest);
    const { range } = request.headers;
    stub.fetched.push({ digest, range });
    if (content === undefined) return void response.writeHead(404).end();
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
    if (from >= content.length && from > 0) return void response.writeHead(416).end();
    const headers = { "content-length": content.length - from };
    if (range === undefined) response.writeHead(200, headers);
    else
      response.writeHead(206, { ...headers, "content-range": `bytes ${from}-${content.length - 1}/${content.length}` });
    response.end(content.subarray(from));
  };

  const stub: Omit<StubServer, "url"> = {
    checks: [],
    reports: [],
    fetched: [],
    away: [],
    live: undefined,
    intercept: undefined,
    publish(version, components) {
      const manifest: Manifest = {
        app,
        version,
        components: components.map(({ content, ...component }) => {
          const sha256 = createHash("sha256").update(content).digest("hex");
          blobs.set(sha256, content);
          return { ...component, sha256, size: content.length };
        }),
      };
      manifests.set(version, manifest);
      return manifest;
    },
    offer(next) {
      edition += 1;
      answer = next === undefined ? nothing : { ...nothing, updateAvailable: true, ...next };
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(stub, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
}
