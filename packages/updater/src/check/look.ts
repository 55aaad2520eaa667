import { type Component, componentsFor, type Manifest } from "@sluice/core/release/manifest.ts";
import { isAbort } from "../disk/failure.ts";
import { type UpdaterCode, UpdaterError } from "../errors.ts";
import type { CheckResult, Offered } from "../events.ts";
import type { Holds } from "../holds/holds.ts";
import type { TrustedFeeds } from "../verify/trusted-feeds.ts";
import type { Answer } from "./ask.ts";
import { type Identity, identityHeaders } from "./identity.ts";
import { judgeOffer, type Offer } from "./judge.ts";

/** What a check led to, with all that an update to it needs. */
export interface Found {
  readonly result: CheckResult;
  /** With an update or rollback only: what is installed, and the digest of the manifest that says so. */
  readonly release?: { readonly manifest: string; readonly components: readonly Component[] };
  /** When the server wants to be asked again, s. */
  readonly nextCheckSeconds?: number;
}

/**
 * Asks the server, and where it offers something, decides by signed data whether it may be taken.
 * @throws UpdaterError SERVER_UNREACHABLE, UNTRUSTED, NOT_PUBLISHED, OFFER_REFUSED
 */
export async function look(context: {
  readonly ask: (headers: Record<string, string>, signal?: AbortSignal) => Promise<Answer>;
  readonly identity: Identity;
  readonly installed: string | undefined;
  readonly trusted: () => Promise<TrustedFeeds>;
  readonly holds: Holds;
  readonly configuration: string;
  readonly now: () => number;
  /** Called when an offer cannot be taken for what it is, before that is thrown. */
  readonly onRefused: (version: string, error: UpdaterError) => Promise<void>;
  readonly signal: AbortSignal;
}): Promise<Found> {
  const { identity, installed, holds, configuration, signal } = context;
  const answer = await context.ask(identityHeaders(identity, installed), signal);
  const next = answer.nextCheckSeconds === undefined ? {} : { nextCheckSeconds: answer.nextCheckSeconds };
  const { version } = answer;
  if (!answer.updateAvailable || version === undefined) return { result: nothing(answer), ...next };
  try {
    const { offer, manifest } = await examine(version, await context.trusted(), identity, installed);
    const components = componentsFor(manifest, identity.platform);
    if (components.length === 0)
      throw new UpdaterError("OFFER_REFUSED", `Version ${version} has no component for ${identity.platform}`);
    const against = holds.against({ version, manifest: offer.release.manifest, configuration }, context.now());
    if (against !== undefined) return { result: { kind: "held", version, reason: against }, ...next };
    const notes = answer.releaseNotes === undefined ? {} : { releaseNotes: answer.releaseNotes };
    return {
      result: {
        kind: offer.kind,
        version,
        mandatory: offer.mandatory,
        ...deadlineOf(offer),
        ...summaryOf(manifest),
        ...notes,
      },
      release: { manifest: offer.release.manifest, components },
      ...next,
    };
  } catch (error) {
    if (!isAbort(error, signal) && error instanceof UpdaterError && refusals.has(error.code))
      await context.onRefused(version, error);
    throw error;
  }
}

function nothing({ reason = "the server has nothing newer", detail }: Answer): CheckResult {
  return { kind: "none", reason, ...(detail === undefined || detail === "" ? {} : { detail }) };
}

/** These are said of the offer; others, of this machine or the way to the server. */
const refusals: ReadonlySet<UpdaterCode> = new Set(["UNTRUSTED", "OFFER_REFUSED", "NOT_PUBLISHED"]);

/** So much of the release notes is shown where only a glance is possible, characters. */
const summaryLength = 500;

function summaryOf({ notes }: Manifest): Pick<Offered, "summary"> {
  const text = notes?.trim() ?? "";
  return text === "" ? {} : { summary: text.length > summaryLength ? `${text.slice(0, summaryLength)}…` : text };
}

function deadlineOf({ mandatory, release }: Offer): Pick<Offered, "deadline"> {
  const { mandatoryBelow: of, mandatoryWithinSeconds: seconds } = release;
  return !mandatory || of === undefined || seconds === undefined ? {} : { deadline: { of, withinMs: seconds * 1_000 } };
}

async function examine(version: string, trusted: TrustedFeeds, identity: Identity, installed: string | undefined) {
  await trusted.refresh();
  const offer = judgeOffer(version, await trusted.feed(identity.channel), identity, installed);
  const manifest = await trusted.manifest(version, offer.release.manifest);
  if (manifest.app !== identity.app || manifest.version !== version)
    throw new UpdaterError(
      "UNTRUSTED",
      `The manifest of ${version} is signed for ${manifest.app} ${manifest.version}, not for ${identity.app}`,
    );
  return { offer, manifest };
}
