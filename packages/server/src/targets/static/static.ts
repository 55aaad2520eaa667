import { createHash } from "node:crypto";
import { newestFirst } from "@sluice/core/release/version.ts";
import { fullExposure } from "@sluice/core/rollout/bucket.ts";
import type { StaticTarget } from "@sluice/core/targets/static.ts";
import { TargetFailure } from "../failure.ts";
import { type Done, type Found, newestOf, type Order, type Plan, type Target } from "../target.ts";
import type { FeedCopies } from "./copies.ts";
import { copyContent, missingContent } from "./copy.ts";
import type { CopyWork } from "./copy-work.ts";
import { type ChannelFiles, channelFiles, contentOf, signedState } from "./signed.ts";

export interface StaticOptions {
  readonly copies: Pick<FeedCopies, "copy" | "work">;
}

/** The signed feed as files in a folder or a bucket. It says what the feed says, and is brought to it after it was signed. */
export function staticTarget(spec: StaticTarget, { copies }: StaticOptions): Target {
  const work = (order: Order, signal: AbortSignal) => copies.work(order.app, spec, signal);

  async function publish(order: Order, signal: AbortSignal): Promise<Done> {
    const { feed } = await signedChannel(await work(order, signal), order.stage);
    if (feed.log.seq < order.asked)
      throw new TargetFailure(`the feed of ${order.stage} that says so is not signed yet`, { retryable: true });
    return { ...(await copies.copy(order.app, spec, signal)) };
  }

  return {
    can: new Set(["plan", "deploy", "expose", "verify", "rollback"]),
    async plan(order, signal): Promise<Plan> {
      const { place, signal: stop } = await work(order, signal);
      const content = order.main === null ? [] : contentOf([order.main.manifest]);
      const missing = await missingContent(place, content, stop);
      const now = await publishedChannel({ place, signal }, order.stage);
      const live = now === undefined ? null : everybodyGets(now.feed);
      const puts = missing.map(
        ({ name, size, sha256 }) => `would put ${name}, ${size} bytes (sha256 ${sha256.slice(0, 12)})`,
      );
      const says =
        live === (order.main?.version ?? null)
          ? []
          : [
              `the feed of ${order.stage} would lead to ${order.main?.version ?? "nothing"} instead of ${live ?? "nothing"}`,
            ];
      const text = [...puts, ...says].map((line) => `${place.name}: ${line}`);
      return { changes: text.length > 0, text: text.length > 0 ? text.join("\n") : `${place.name} has it already` };
    },
    async deploy(order, signal) {
      const release = newestOf(order);
      return release === null
        ? {}
        : { ...(await copyContent(await work(order, signal), contentOf([release.manifest]))) };
    },
    expose: publish,
    rollback: publish,
    async verify(order, signal): Promise<Found> {
      const at = await work(order, signal);
      const [should, is] = [await signedChannel(at, order.stage), await publishedChannel(at, order.stage)];
      const missing = is === undefined ? [] : await missingContent(at.place, contentOf(is.manifests), signal);
      const digests = { asked: digestOf(should), found: is === undefined ? null : digestOf(is) };
      const everybody = is === undefined ? null : everybodyGets(is.feed);
      const leads = everybody === (order.main?.version ?? null);
      const signed = should.feed.log.seq >= order.asked;
      const agrees = digests.asked === digests.found && missing.length === 0 && signed && leads;
      const found =
        is === undefined ? "no feed" : `the feed of event ${is.feed.log.seq}, which leads to ${everybody ?? "nothing"}`;
      const lacks =
        missing.length === 0 ? "" : `, without the content of ${missing.map(({ name }) => name).join(", ")}`;
      return {
        agrees,
        text: `${at.place.name} has ${found}${lacks}${agrees ? "" : `; it should have that of event ${should.feed.log.seq}`}`,
        evidence: { place: at.place.name, ...digests },
      };
    },
  };
}

async function signedChannel({ read }: CopyWork, stage: string): Promise<ChannelFiles> {
  const state = await signedState(read);
  const channel = state === undefined ? undefined : await channelFiles(read, state, stage);
  if (channel === undefined) throw new TargetFailure(`the feed of ${stage} is not signed yet`, { retryable: true });
  return channel;
}

/** What clients find at a place, by the same way as they go; undefined: nothing, or nothing whole. */
async function publishedChannel(
  { place, signal }: Pick<CopyWork, "place" | "signal">,
  stage: string,
): Promise<ChannelFiles | undefined> {
  const read = (path: string) => place.read(path, signal);
  try {
    const state = await signedState(read);
    return state === undefined ? undefined : await channelFiles(read, state, stage);
  } catch (error) {
    if (error instanceof TargetFailure) throw error;
    return undefined;
  }
}

/** The newest release that a feed lists for everybody. */
function everybodyGets({ releases }: ChannelFiles["feed"]): string | null {
  const full = releases.filter(({ exposure }) => exposure.basisPoints === fullExposure).map(({ version }) => version);
  return full.sort(newestFirst)[0] ?? null;
}

/** One digest for everything that a channel offers: its files are named by their digests. */
function digestOf({ paths }: ChannelFiles): string {
  return createHash("sha256").update(paths.join("\n")).digest("hex");
}
