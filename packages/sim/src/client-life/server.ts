import { decideUpdate } from "@sluice/core/feed/decide-update.ts";
import type { Feed } from "@sluice/core/feed/feed.ts";
import { sha256Hex } from "@sluice/core/log/digest.ts";
import { compareVersions } from "@sluice/core/release/version.ts";
import { UpdaterError } from "@sluice/updater/errors.ts";
import type { TrustedFeeds } from "@sluice/updater/verify/trusted-feeds.ts";
import type { VirtualClock } from "../clock/virtual-clock.ts";
import type { Random } from "../fleet/random.ts";
import { app, type Release, works } from "./release.ts";

export const identity = {
  app,
  clientId: "client",
  channel: "stable",
  platform: "linux-x64",
  attributes: { region: "eu" },
};

/** What the server was told of a version. */
interface Heard {
  readonly version: string;
  readonly status: string;
  readonly at: number;
  readonly ordered: boolean;
}

/** How often what goes wrong on the way, from 0 to 1. */
interface Way {
  readonly cut: number;
  readonly lies: number;
}

/** The server of one machine: signed feeds, what they lead to, and what it is told. */
export class LifeServer {
  readonly releases: Release[] = [];
  readonly away = new Set<string>();
  readonly heard: Heard[] = [];
  /** The feed that was read last, and the manifests of it that were. */
  read: Feed | undefined;
  way: Way;
  readonly #random: Random;
  readonly #clock: VirtualClock;
  readonly #strike: (fault: string) => void;

  constructor(random: Random, clock: VirtualClock, way: Way, strike: (fault: string) => void) {
    this.#random = random;
    this.#clock = clock;
    this.way = way;
    this.#strike = strike;
  }

  of(version: string | undefined): Release | undefined {
    return this.releases.find((release) => release.version === version);
  }

  /** What the channel offers now. */
  feed(): Feed {
    const listed = this.releases.filter(({ version }) => !this.away.has(version));
    const live = listed.filter((release) => works(release)).at(-1)?.version;
    return {
      app,
      channel: identity.channel,
      ...(live === undefined ? {} : { live }),
      // What was taken back may be listed all the same.
      releases: this.releases.slice(-5).map(({ version, digest: manifest }) => ({
        version,
        manifest,
        exposure: { basisPoints: 10_000, salt: version },
      })),
      away: [...this.away],
      checkSeconds: 3_600,
      log: { seq: this.releases.length, hash: "0".repeat(64) },
    };
  }

  /** The signed feeds, as the updater reads them. */
  readonly trusted: TrustedFeeds = {
    refresh: async () => {
      if (this.#fails("cut")) throw new UpdaterError("SERVER_UNREACHABLE", "the connection was cut");
      this.read = this.feed();
    },
    feed: async () => this.read ?? this.feed(),
    manifest: async (version, digest) => {
      const release = this.of(version);
      if (release === undefined) throw new UpdaterError("NOT_PUBLISHED", `there is no ${version}`);
      if (this.#fails("lies") || (digest !== undefined && digest !== release.digest))
        throw new UpdaterError("UNTRUSTED", `${version} has another manifest`);
      return release.manifest;
    },
  };

  /** Answers one request, or fails as a connection does. */
  async answer(url: URL, headers: Headers, body: string | undefined): Promise<Response> {
    await new Promise<void>(
      (resolve) => void this.#clock.wakeAt(this.#clock.now() + 1 + this.#random.below(500), resolve),
    );
    if (this.#fails("cut")) throw new Error("the connection was cut");
    if (this.#fails("cut"))
      return new Response(null, { status: 503, headers: { "retry-after": String(1 + this.#random.below(60)) } });
    if (url.pathname.endsWith("/updates/check")) return this.#check(headers);
    if (url.pathname.endsWith("/updates/status")) return this.#hear(String(body));
    return this.#send(url.pathname.slice(url.pathname.lastIndexOf("/") + 1), headers.get("range"));
  }

  #check(headers: Headers): Response {
    const version = headers.get("x-current-version") ?? undefined;
    const client = { id: identity.clientId, platform: identity.platform, attributes: identity.attributes };
    const decision = decideUpdate(this.feed(), { ...client, ...(version === undefined ? {} : { version }) });
    const any = this.releases[this.#random.below(this.releases.length)];
    const offered = this.#fails("lies")
      ? any
      : decision.kind === "none"
        ? undefined
        : this.of(decision.release.version);
    const text = JSON.stringify(
      offered === undefined
        ? { updateAvailable: false, nextCheckSeconds: 3_600 }
        : {
            updateAvailable: true,
            version: offered.version,
            rollback: decision.kind === "rollback",
            nextCheckSeconds: 3_600,
          },
    );
    const etag = `"${sha256Hex(text)}"`;
    const known = headers.get("if-none-match") === etag;
    return new Response(known ? null : text, { status: known ? 304 : 200, headers: { etag } });
  }

  #hear(body: string): Response {
    const { version, status, timestamp, details } = JSON.parse(body) as {
      version: string;
      status: string;
      timestamp: string;
      details: { ordered?: boolean };
    };
    this.heard.push({ version, status, at: Date.parse(timestamp), ordered: details.ordered === true });
    // It heard, and its answer is lost.
    if (this.#fails("cut")) throw new Error("the connection was cut");
    return new Response(null, { status: 202 });
  }

  #send(sha256: string, range: string | null): Response {
    const whole = this.releases.find(({ blobs }) => blobs.has(sha256))?.blobs.get(sha256);
    if (whole === undefined || whole.length === 0) return new Response(null, { status: 404 });
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
    const bytes = Buffer.from(whole.subarray(from));
    const fault = this.#fails("cut") ? this.#random.below(2) : undefined;
    if (fault === 1) bytes.fill("?", 0, 1);
    const cut = fault === 0 ? this.#random.below(bytes.length + 1) : undefined;
    const stream = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(bytes.subarray(0, cut)));
        if (cut === undefined) controller.close();
        else controller.error(new Error("aborted"));
      },
    });
    const headers = { "content-range": `bytes ${from}-${whole.length - 1}/${whole.length}` };
    return new Response(stream, range === null ? { status: 200 } : { status: 206, headers });
  }

  #fails(what: keyof Way): boolean {
    const fails = this.#random.chance(this.way[what]);
    if (fails) this.#strike(what === "cut" ? "the connection of the client is cut" : "the client is lied to");
    return fails;
  }
}

/** What may be begun from a version, by a feed: read anew from its text, and not by who decides. */
export function allowed(feed: Feed, from: string | undefined, to: string, manifest: string): string | undefined {
  const listed = feed.releases.find(({ version }) => version === to);
  if (listed === undefined || feed.away.includes(to)) return `${to} is not on offer`;
  if (listed.manifest !== manifest) return `${to} has another manifest`;
  const leaves = from !== undefined && feed.away.includes(from);
  if (from !== undefined && compareVersions(to, from) <= 0 && !(leaves && to === feed.live))
    return `${to} is not newer than ${from}`;
  return undefined;
}
