import type { AppState, RollingPromotion, StageState } from "../../application/state.ts";
import { wayBackOf } from "../../application/way-back.ts";
import type { Client } from "../../feed/client.ts";
import type { UpdateDecision } from "../../feed/decide-update.ts";
import type { Feed } from "../../feed/feed.ts";
import { type Obstacle, obstaclesTo } from "../../feed/obstacles.ts";
import type { Stage } from "../../pipeline/schema.ts";
import { compareVersions } from "../../release/version.ts";
import { bucketOf, placeOf } from "../../rollout/bucket.ts";
import { type Millis, rfc3339 } from "../../time/instant.ts";
import type { Explanation } from "../why.ts";
import type { ClientAdmission } from "./admission.ts";
import { reachOf } from "./reach.ts";

/** One thing for which a client does not get, or cannot leave, a release; and what would change it. */
export interface ClientObstacle {
  readonly obstacle:
    | Obstacle["reason"]
    | "no-channel"
    | "withdrawn"
    | "rolled-back"
    | "not-entered"
    | "overtaken"
    | "offered-to-nobody-new"
    | "not-published"
    | "not-let-in"
    | "not-yet-sent-back"
    | "nothing-to-go-back-to"
    | "other-first"
    | "newer-installed";
  readonly detail: string;
  /** RFC 3339: the earliest moment at which it can be gone, where that is known. */
  readonly until?: string;
  /** Who or what would change it. */
  readonly who: string;
}

/** What is asked, and all that bears on it. */
export interface ClientCase {
  readonly state: AppState;
  readonly stage: Stage;
  readonly stageState: StageState;
  readonly version: string;
  readonly client: Client;
  /** What checks of the channel are answered from, as it stands for this client; undefined: the stage has no channel. */
  readonly feed: Feed | undefined;
  readonly decision: UpdateDecision | undefined;
  readonly rolling: RollingPromotion | undefined;
  readonly admission: ClientAdmission | undefined;
  /** How the release itself stands with the stage. */
  readonly release: Explanation;
  readonly now: Millis;
}

/** Everything that keeps a client from a release that it does not have. */
export function obstaclesFor(found: ClientCase): ClientObstacle[] {
  const { feed, version, client, decision } = found;
  if (feed === undefined)
    return [
      {
        obstacle: "no-channel",
        detail: `${found.stage.name} has no channel among its targets: no client asks there`,
        who: "whoever changes the pipeline",
      },
    ];
  const listed = feed.releases.find((release) => release.version === version);
  if (listed === undefined) return [notListed(found)];
  const older = client.version !== undefined && compareVersions(client.version, version) > 0;
  const back = older ? wayBackObstacle(found) : undefined;
  if (back !== undefined) return [back];
  if (older && decision?.kind !== "rollback")
    return [
      {
        obstacle: "newer-installed",
        detail: `it has ${client.version}, which is newer`,
        who: `an operator, by rolling back: sluice rollback ${found.stage.name} --to ${version} --reason TEXT`,
      },
    ];
  const own = [...obstaclesTo(listed, client)].map((obstacle) => explained(found, obstacle));
  if (own.length > 0 || decision === undefined || decision.kind === "none") return own;
  const { kind, release } = decision;
  const why = kind === "rollback" ? `it has ${client.version}, which it must leave` : `${release.version} is newer`;
  return [
    {
      obstacle: "other-first",
      detail: `its next check is answered with ${release.version}: ${why}`,
      who: "nobody but time",
    },
  ];
}

/** Why a client that has to leave what it has is not taken back; undefined where it is, or need not. */
export function wayBackObstacle(found: ClientCase): ClientObstacle | undefined {
  const { state, stageState, feed, client, decision } = found;
  if (
    decision?.kind !== "none" ||
    feed === undefined ||
    client.version === undefined ||
    !feed.away.includes(client.version)
  )
    return undefined;
  const staged = feed.sentBack?.find(({ version }) => version === client.version);
  const bucket = staged && bucketOf(staged.salt, client.id);
  if (staged !== undefined && bucket !== undefined && bucket >= staged.basisPoints) {
    const way = wayBackOf(state, stageState);
    const moment = way && sentBackFrom(way, bucket);
    return {
      obstacle: "not-yet-sent-back",
      detail: `${client.version} was rolled back, and its clients go back by and by: ${percent(staged.basisPoints)} so far, and this one's place is ${percent(bucket)}`,
      ...(moment === undefined ? {} : { until: rfc3339(moment) }),
      who: "nobody but time, or an operator who rolls back at once",
    };
  }
  return { obstacle: "nothing-to-go-back-to", detail: decision.detail, who: "whoever publishes a newer version" };
}

function sentBackFrom(
  way: {
    readonly appliedAt?: Millis;
    readonly basisPoints: number;
    readonly steps: readonly { to: number; afterMs: number }[];
  },
  bucket: number,
): Millis | undefined {
  let from = way.appliedAt;
  for (const { to, afterMs } of way.steps) {
    if (to <= way.basisPoints || from === undefined) continue;
    from += afterMs;
    if (to > bucket) return from;
  }
  return undefined;
}

/** The channel's feed does not list the release at all. */
function notListed({ stage, stageState, version, rolling, release, decision }: ClientCase): ClientObstacle {
  const { name } = stage;
  switch (release.standing) {
    case "withdrawn":
      return { obstacle: "withdrawn", detail: release.summary, who: "nobody: publish a new version" };
    case "rolled-back":
      return {
        obstacle: "rolled-back",
        detail: release.summary,
        who: `an operator: sluice promote ${version} ${name} --override --reason TEXT`,
      };
    case "complete":
      return {
        obstacle: "overtaken",
        detail: `${stageState.live?.version ?? "a newer release"} is live in ${name} and newer: clients get that`,
        who:
          decision !== undefined && decision.kind !== "none"
            ? `nobody: its next check is answered with ${decision.release.version}`
            : `an operator, by rolling back: sluice rollback ${name} --to ${version} --reason TEXT`,
      };
    case "live":
      return { obstacle: "not-published", detail: "its signed feed is not published yet", who: "nobody but time" };
    case "paused":
    case "rolling-out":
      if (rolling?.status === "paused" && rolling.paused.halted === true)
        return {
          obstacle: "offered-to-nobody-new",
          detail: `nobody new is offered it: ${rolling.paused.reason}`,
          who: `an operator: sluice resume ${name}`,
        };
      return { obstacle: "not-published", detail: "its signed feed is not published yet", who: "nobody but time" };
    default:
      return {
        obstacle: "not-entered",
        detail: release.summary.replace(/\.$/, ""),
        ...(release.earliest === undefined ? {} : { until: release.earliest }),
        who: `whoever ${name} waits for: sluice why ${version} ${name}`,
      };
  }
}

function explained(found: ClientCase, { reason, detail }: Obstacle): ClientObstacle {
  const { decision, version, rolling, admission } = found;
  switch (reason) {
    case "wrong-platform":
      return { obstacle: reason, detail, who: "whoever publishes a release with components for that platform" };
    case "incompatible":
      return { obstacle: reason, detail, who: "whoever updates what the client says of its surroundings" };
    case "needs-stepping-stone":
      return {
        obstacle: reason,
        detail,
        who:
          decision?.kind === "update"
            ? `nobody but time: its next check is answered with ${decision.release.version}, and it goes on from there`
            : "whoever publishes a release that it can be reached by",
      };
    case "halted":
      return { obstacle: reason, detail, who: "whoever publishes a release that is well there" };
    case "wave-not-begun":
      return {
        obstacle: reason,
        detail: `${detail}; ${found.release.summary}`,
        who: `whoever ${found.stage.name} waits for`,
      };
    case "not-yet-exposed":
      return admission !== undefined && rolling?.version === version
        ? notLetIn(found, admission)
        : notYetExposed(found, detail);
  }
}

function notLetIn({ stage, rolling, release }: ClientCase, admission: ClientAdmission): ClientObstacle {
  const closed = rolling?.status === "paused" || release.gates.some(({ verdict }) => verdict !== "pass");
  const full = admission.groups.filter(({ room }) => room === 0).map(({ group }) => group);
  const { ration, inFlight } = admission;
  const counted = inFlight === undefined ? "nobody has counted the offers yet" : `${inFlight} are at risk now`;
  const granted = ration === undefined ? "none yet" : (ration ?? "any number");
  const where = full.length === 0 ? "" : `, and none more of ${full.join(" and ")}`;
  return {
    obstacle: "not-let-in",
    detail: closed
      ? `nobody is let in now: ${release.summary}`
      : `clients are let in one by one; at risk at once may be ${granted}, ${counted}${where}`,
    who: closed ? `whoever ${stage.name} waits for` : "the clients that have it, by reporting; then whoever asks first",
  };
}

function notYetExposed({ stage, rolling, version, client }: ClientCase, detail: string): ClientObstacle {
  if (rolling === undefined || rolling.version !== version)
    return { obstacle: "not-yet-exposed", detail, who: "nobody but time" };
  const bucket = placeIn(rolling, client.id);
  if (bucket < rolling.exposure.basisPoints)
    return { obstacle: "not-published", detail: "its signed feed is not published yet", who: "nobody but time" };
  if (rolling.admission === "share")
    return {
      obstacle: "not-yet-exposed",
      detail: `${percent(rolling.exposure.basisPoints)} of ${stage.name} are offered it, as many as the evidence pays for; this client's place is ${percent(bucket)}`,
      who:
        rolling.status === "paused"
          ? `an operator: sluice resume ${stage.name}`
          : "the clients that have it, by reporting; then the share rises",
    };
  const { at, from } = reachOf(stage.rollout, rolling, bucket);
  return {
    obstacle: "not-yet-exposed",
    detail: `${percent(rolling.exposure.basisPoints)} of ${stage.name} are offered it; this client's place is ${percent(bucket)}, so it comes at ${percent(at)}`,
    ...(from === undefined ? {} : { until: rfc3339(from) }),
    who:
      rolling.status === "paused"
        ? `an operator: sluice resume ${stage.name}`
        : "nobody but time, as long as the analysis passes and no gate closes",
  };
}

/** A client's place in the order in which a rollout's share takes clients in, in basis points; with a fraction where the share has one. */
export function placeIn({ exposure: { salt }, admission }: RollingPromotion, clientId: string): number {
  // Six digits: enough to tell it from a share of a million clients, for a person.
  return admission === "share" ? Number(placeOf(salt, clientId).toFixed(6)) : bucketOf(salt, clientId);
}

export function percent(basisPoints: number): string {
  return `${Number((basisPoints / 100).toPrecision(10))}%`;
}
