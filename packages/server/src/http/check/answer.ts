import { createHash } from "node:crypto";
import type { AppState } from "@sluice/core/application/state.ts";
import { decideUpdate, type UpdateDecision } from "@sluice/core/feed/decide-update.ts";
import type { Feed } from "@sluice/core/feed/feed.ts";
import { componentsFor } from "@sluice/core/release/manifest.ts";
import type { CheckAnswer } from "../schemas/check.ts";
import type { Ask } from "./ask.ts";

/** An answer as it is sent, made once and sent many times. */
export interface ReadyAnswer {
  /** The version that it offers. */
  readonly offers: string | undefined;
  /** It takes the client back to an earlier version. */
  readonly isRollback: boolean;
  readonly etag: string;
  readonly body: string;
  /** name, value, name, value: as Node's `writeHead` takes them without making an object. */
  readonly headers: string[];
  readonly notModifiedHeaders: string[];
  /** What it costs to keep, in characters. */
  readonly size: number;
}

/**
 * Decides what an ask gets, and makes the answer ready to be sent.
 * @param feed with no release that is exposed in part, and no way back that some go: who does was settled before.
 */
export function makeAnswer(ask: Ask, feed: Feed, state: AppState): ReadyAnswer {
  const decision = decideUpdate(feed, {
    id: "",
    ...(ask.version === undefined ? {} : { version: ask.version }),
    ...(ask.platform === undefined ? {} : { platform: ask.platform }),
    attributes: attributesOf(ask.attributes),
  });
  const offers = decision.kind === "none" ? undefined : decision.release.version;
  return ready(describe(decision, ask, feed, state), offers);
}

/** How soon a client asks again for which there was no place to download, in s; sooner where the channel's clients ask more often. */
const askAgainSeconds = 60;

/** What a client is answered that would be offered a release, if not as many as may be were downloading already. */
export function fullAnswer({ channel, checkSeconds }: Feed): ReadyAnswer {
  return ready(
    {
      updateAvailable: false,
      mandatory: false,
      rollback: false,
      nextCheckSeconds: Math.min(askAgainSeconds, checkSeconds),
      reason: "downloads-full",
      detail: `as many clients of ${channel} as may be are downloading; ask again soon`,
    },
    undefined,
  );
}

function ready(answer: CheckAnswer, offers: string | undefined): ReadyAnswer {
  const body = JSON.stringify(answer);
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;
  const caching = ["ETag", etag, "Cache-Control", "private, no-cache"];
  const headers = [
    "Content-Type",
    "application/json",
    "Content-Length",
    String(Buffer.byteLength(body)),
    ...caching,
    "X-Content-Type-Options",
    "nosniff",
  ];
  return {
    offers,
    isRollback: answer.rollback,
    etag,
    body,
    headers,
    notModifiedHeaders: caching,
    size: body.length + 500,
  };
}

export function attributesOf(pairs: readonly string[]): Record<string, string> {
  const attributes: Record<string, string> = Object.create(null);
  for (let i = 0; i + 1 < pairs.length; i += 2) attributes[pairs[i] as string] = pairs[i + 1] as string;
  return attributes;
}

function describe(decision: UpdateDecision, ask: Ask, feed: Feed, state: AppState): CheckAnswer {
  const nextCheckSeconds = feed.checkSeconds;
  if (decision.kind === "none") {
    const { reason, detail } = decision;
    return { updateAvailable: false, mandatory: false, rollback: false, nextCheckSeconds, reason, detail };
  }
  const { version, manifest } = decision.release;
  const release = state.releases.get(version);
  if (release === undefined) throw new Error(`the feed of ${feed.app} names ${version}, which was never published`);
  const components = componentsFor(release.manifest, ask.platform).map((component) => ({
    ...component,
    url: `/feeds/${feed.app}/blobs/${component.sha256}`,
  }));
  return {
    updateAvailable: true,
    version,
    mandatory: decision.mandatory,
    rollback: decision.kind === "rollback",
    releaseNotes: `/api/v1/apps/${feed.app}/releases/${encodeURIComponent(version)}`,
    ...(components[0] === undefined ? {} : { downloadUrl: components[0].url }),
    signature: `sha256:${manifest}`,
    components,
    nextCheckSeconds,
  };
}
