import type { Measurements } from "../../analysis/measurement.ts";
import { findStage } from "../../application/find.ts";
import { type AppState, activePromotion, stageOf } from "../../application/state.ts";
import { isRejection, type Rejection } from "../../errors/rejection.ts";
import type { Client } from "../../feed/client.ts";
import { decideUpdate, type UpdateDecision } from "../../feed/decide-update.ts";
import type { Feed } from "../../feed/feed.ts";
import { compareVersions } from "../../release/version.ts";
import { fullExposure } from "../../rollout/bucket.ts";
import { type Millis, rfc3339 } from "../../time/instant.ts";
import { type Explanation, explain } from "../why.ts";
import { admissionFor, type ClientAdmission, type ClientOffer } from "./admission.ts";
import { type ClientReport, installedBy } from "./installed.ts";
import { type ClientObstacle, obstaclesFor, placeIn, wayBackObstacle } from "./obstacles.ts";
import type { ClientStanding } from "./standing.ts";
import { summaryOf } from "./words.ts";

/** Why one client did, or did not, get one release in one stage. */
export interface ClientExplanation {
  readonly app: string;
  readonly version: string;
  readonly stage: string;
  readonly at: string;
  readonly client: {
    readonly id: string;
    /** What it has installed; absent: nothing is known, and it is taken to have nothing. */
    readonly version?: string;
    /** Whether whoever asks said so, or the client's own reports. */
    readonly versionFrom: "asked" | "reports" | "unknown";
    readonly platform?: string;
    readonly attributes: Readonly<Record<string, string>>;
  };
  readonly standing: ClientStanding;
  /** One or two sentences for a person. */
  readonly summary: string;
  /** What its next check is answered with; null: nothing new. */
  readonly next: { readonly version: string; readonly mandatory: boolean; readonly rollback: boolean } | null;
  readonly obstacles: readonly ClientObstacle[];
  /** Its place in the rollout of this release that goes by shares, both in basis points: it has it where `place` < `offered`. */
  readonly exposure?: { readonly place: number; readonly offered: number };
  /** Where the rollout lets clients in one by one. */
  readonly admission?: ClientAdmission;
  /** What it said on this channel, newest first; each status of a version once. */
  readonly reports: readonly (Omit<ClientReport, "at"> & { readonly at: string })[];
  /** How the release itself stands with the stage. */
  readonly release: Pick<Explanation, "standing" | "summary">;
}

/** Who is asked about, and what is known of it beside the log. */
export interface ClientQuestion {
  readonly version: string;
  readonly stage: string;
  /** `version` absent: what its reports say. */
  readonly client: Client;
  /** What checks of the channel are answered from; undefined: the stage has no channel. */
  readonly feed: Feed | undefined;
  /** Its reports on this channel, newest first. */
  readonly reports: readonly ClientReport[];
  /** Its last offer in the rollout that is under way in the stage. */
  readonly offer?: ClientOffer;
}

/**
 * Answers "why did this client get that, or not?". Pure: from the state, from what checks are answered from, from what the client
 * said, and the moment. It decides as the check itself does, so the two cannot disagree.
 * @returns the explanation, or a rejection when there is no such release or stage
 */
export function explainClient(
  state: AppState,
  question: ClientQuestion,
  measurements: Measurements | undefined,
  now: Millis,
): ClientExplanation | Rejection {
  const release = explain(state, question, measurements, now);
  if (isRejection(release)) return release;
  const stage = findStage(state, question.stage);
  if (isRejection(stage)) return stage;
  const { version, reports } = question;
  const stageState = stageOf(state, stage.name);
  const installed = question.client.version ?? installedBy(reports);
  const client: Client = { ...question.client, ...(installed === undefined ? {} : { version: installed }) };
  const rolling = activePromotion(state, stageState);
  const admission =
    rolling && admissionFor(state, stage, rolling, { member: client, offer: question.offer }, measurements, now);
  const feed = question.feed && openedFor(question.feed, rolling?.version, admission);
  const decision = feed && decideUpdate(feed, client);
  const found = { state, stage, stageState, version, client, feed, decision, rolling, admission, release, now };
  const standing = standingOf(version, client, feed, decision);
  const obstacles =
    standing === "leaves-it"
      ? [wayBackObstacle(found)].filter((one) => one !== undefined)
      : standing === "does-not-get-it" || standing === "past-it"
        ? obstaclesFor(found)
        : [];
  const shares = rolling?.version === version && admission === undefined ? rolling.exposure : undefined;
  const about = rolling?.version === version ? admission : undefined;
  const versionFrom = question.client.version !== undefined ? "asked" : installed !== undefined ? "reports" : "unknown";
  return {
    app: state.app,
    version,
    stage: stage.name,
    at: rfc3339(now),
    client: { ...client, versionFrom },
    standing,
    summary: summaryOf({ ...found, standing, obstacles, reports, versionFrom, admission: about }),
    next: nextOf(decision),
    obstacles,
    ...(shares === undefined || rolling === undefined
      ? {}
      : { exposure: { place: placeIn(rolling, client.id), offered: shares.offered.basisPoints } }),
    ...(about === undefined ? {} : { admission: about }),
    reports: reports.map(({ at, ...report }) => ({ ...report, at: rfc3339(at) })),
    release: { standing: release.standing, summary: release.summary },
  };
}

/** The feed as a client sees it that is let in, or would be if it asked now. */
function openedFor(feed: Feed, version: string | undefined, admission: ClientAdmission | undefined): Feed {
  if (admission === undefined || (!admission.letIn && admission.room === 0)) return feed;
  const releases = feed.releases.map((release) =>
    release.version === version
      ? { ...release, exposure: { ...release.exposure, basisPoints: fullExposure } }
      : release,
  );
  return { ...feed, releases };
}

function standingOf(
  version: string,
  client: Client,
  feed: Feed | undefined,
  decision: UpdateDecision | undefined,
): ClientStanding {
  if (client.version === version) return feed?.away.includes(version) === true ? "leaves-it" : "has-it";
  if (decision !== undefined && decision.kind !== "none" && decision.release.version === version) return "gets-it";
  const past = client.version !== undefined && compareVersions(client.version, version) > 0;
  return past && feed?.away.includes(client.version ?? "") !== true ? "past-it" : "does-not-get-it";
}

function nextOf(decision: UpdateDecision | undefined): ClientExplanation["next"] {
  if (decision === undefined || decision.kind === "none") return null;
  const { kind, mandatory, release } = decision;
  return { version: release.version, mandatory, rollback: kind === "rollback" };
}
