import type { ApplicationEvent } from "../../application/events.ts";
import { unsealed } from "../../application/evolve.ts";
import type { SealedEvent } from "../../log/event.ts";
import { rfc3339 } from "../../time/instant.ts";
import type { IncidentMoment } from "./moment.ts";
import { isOfRequest, requestMoment } from "./request-moment.ts";

type RolledBack = Extract<ApplicationEvent, { type: "PromotionRolledBack" }>;

/** Who has to have what a stage asks for before it is true outside. */
export interface Bearers {
  /** Whether the signed feed has to say so. */
  readonly feed: boolean;
  /** Names of the targets outside. */
  readonly targets: readonly string[];
}

interface Pending {
  readonly seq: number;
  readonly moment: Pick<IncidentMoment, "what" | "text">;
  /** Targets that have not said yet that they have it, and `feed`. */
  readonly lacking: Set<string>;
}

/** The feed among the names of targets, which never begin so. */
const feed = "/feed";
const isFeed = (bearer: string) => bearer === feed;

/** Everything in the log that belongs to one rollback: its promotion from the request on, and the release's issues. */
export function timelineOf(events: readonly SealedEvent[], end: RolledBack, bearers: Bearers): IncidentMoment[] {
  const moments: IncidentMoment[] = [];
  const issues = new Set<string>();
  const requests = new Set<string>();
  let pending: Pending[] = [];
  for (const sealed of events) {
    const event = unsealed(sealed);
    const add = (what: IncidentMoment["what"], text: string) =>
      moments.push({ at: rfc3339(event.at), seq: event.seq, what, text, by: event.actor });
    const has = (bearer: string, upTo: number) => {
      for (const { seq, lacking } of pending) if (seq <= upTo) lacking.delete(bearer);
      tell();
    };
    const tell = () => {
      while (pending[0]?.lacking.size === 0) {
        const { what, text } = pending[0].moment;
        add(what, text);
        pending.shift();
      }
    };
    if (event.type === "FeedsPublished") has(feed, event.data.upTo);
    else if (event.type === "TargetApplied") {
      if (event.data.stage === end.data.stage) has(event.data.target, event.data.asked);
    } else if (event.type === "ReleaseWithdrawn") {
      if (event.data.version === end.data.version)
        add("withdrawn", `${event.data.version} was withdrawn: ${event.data.reason}`);
    } else if (event.type === "ArtifactWithdrawn") {
      const { sha256, versions, reason } = event.data;
      if (versions.includes(end.data.version)) add("withdrawn", `the artifact ${sha256} was withdrawn: ${reason}`);
    } else if (event.type === "IssueOpened") {
      const { id, version, stage, title, severity } = event.data;
      if (version !== end.data.version || (stage !== undefined && stage !== end.data.stage)) continue;
      issues.add(id);
      add("issue-opened", `${id} (${severity}) was opened: ${title}`);
    } else if (event.type === "IssueResolved") {
      if (issues.has(event.data.id)) add("issue-resolved", `${event.data.id} was resolved${said(event.data.comment)}`);
    } else if (isOfRequest(event)) {
      if (event.type === "RollbackRequested" && event.data.promotion === end.data.id) requests.add(event.data.id);
      const { what, text } = requestMoment(event);
      if (requests.has(event.data.id)) add(what, text);
    } else if ("id" in event.data && event.data.id === end.data.id) {
      for (const { what, text } of momentsOf(event)) add(what, text);
      const moment = effectOf(event, bearers);
      // What targets did not have by then, they never will.
      if (moment?.what === "way-back-served") pending = pending.filter(({ lacking }) => [...lacking].every(isFeed));
      const lacking = new Set([...(bearers.feed ? [feed] : []), ...bearers.targets]);
      if (moment !== undefined) pending.push({ seq: event.seq, moment, lacking });
      tell();
    }
  }
  return moments;
}

function momentsOf(event: ApplicationEvent): Pick<IncidentMoment, "what" | "text">[] {
  switch (event.type) {
    case "PromotionRequested":
      return [{ what: "requested", text: `${event.data.version} was to enter ${event.data.stage}` }];
    case "PromotionApproved":
      return [{ what: "approved", text: `${event.actor} approved it${said(event.data.comment)}` }];
    case "PromotionRejected":
      return [{ what: "rejected", text: `${event.actor} rejected it${said(event.data.comment)}` }];
    case "ApprovalVoided":
      return [
        {
          what: "approval-voided",
          text: `the approval by ${event.data.approver} counted no more: ${event.data.reason}`,
        },
      ];
    case "PromotionOverridden":
      return [{ what: "overridden", text: `the gates of ${event.data.stage} were passed over: ${event.data.reason}` }];
    case "PromotionStarted":
      return [{ what: "started", text: `the rollout of ${event.data.version} into ${event.data.stage} began` }];
    case "ExposureRaised":
      return [{ what: "exposure-asked", text: `exposure was raised to ${percent(event.data.to)}` }];
    case "WaveBegun": {
      const { wave, of, name } = event.data;
      return [{ what: "wave-begun", text: `wave ${name} (${wave} of ${of}) began` }];
    }
    case "RationGranted":
      return [{ what: "ration-granted", text: rationText(event.data.most) }];
    case "GroupHalted":
      return [{ what: "group-halted", text: `clients with ${event.data.group} got it no more` }];
    case "PromotionPaused":
      return [...harm(event), { what: "paused", text: `the rollout was paused${said(event.data.reason)}` }];
    case "RolloutHalted":
      return [{ what: "paused", text: `nobody new was offered it${said(event.data.reason)}` }];
    case "PromotionResumed":
      return [{ what: "resumed", text: `the rollout went on${said(event.data.reason)}` }];
    case "PromotionCompleted":
      return [{ what: "completed", text: `${event.data.version} was live in ${event.data.stage}` }];
    case "PromotionRolledBack": {
      const { stage, version, to, staged } = event.data;
      const back = to === null ? "there was no release to go back to" : `back to ${to}`;
      return [
        ...harm(event),
        {
          what: "rolled-back",
          text: `${version} was taken out of ${stage}: ${back}${staged === undefined ? "" : ", clients by and by"}`,
        },
      ];
    }
    default:
      return [];
  }
}

/** A failing analysis is what the log has of harm as it was measured. */
function harm({ data }: Extract<ApplicationEvent, { type: "PromotionPaused" | "PromotionRolledBack" }>) {
  return data.cause === "analysis" ? [{ what: "harm-measured" as const, text: data.reason }] : [];
}

/** What is true outside only once the feed says so and the targets have it. */
function effectOf(event: ApplicationEvent, bearers: Bearers): Pick<IncidentMoment, "what" | "text"> | undefined {
  if (event.type === "ExposureRaised") {
    const text = `${percent(event.data.to)} of ${event.data.stage} ${bearers.feed ? "were offered" : "had"} it`;
    return { what: "exposure-served", text };
  }
  if (event.type !== "PromotionRolledBack") return undefined;
  const { stage, to } = event.data;
  const text = bearers.feed
    ? `the feed of ${stage} offers ${to ?? "nothing"}`
    : `${stage} has ${to ?? "nothing"} again`;
  return { what: "way-back-served", text };
}

function percent(basisPoints: number): string {
  return `${basisPoints / 100}%`;
}

function said(text: string): string {
  return text === "" ? "" : `: ${text}`;
}

function rationText(most: number | null): string {
  return most === null
    ? "any number of clients could be at risk at once"
    : `up to ${most} clients could be at risk at once`;
}
