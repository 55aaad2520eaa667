import type { ApplicationEvent } from "../application/events.ts";
import { findStage } from "../application/find.ts";
import type { AppState } from "../application/state.ts";
import { isRejection } from "../errors/rejection.ts";
import type { Recipient, Topic } from "./schema.ts";

/** A piece of news for people. */
export interface Notice {
  readonly topic: Topic;
  readonly level: "info" | "warning" | "critical";
  /** Absent: of the whole application. */
  readonly stage?: string;
  readonly version?: string;
  readonly title: string;
  readonly text: string;
}

/** What people would want to be told of an event, if anything. @param state after the event */
export function noticeOf(state: AppState, event: ApplicationEvent): Notice | undefined {
  const { app } = state;
  switch (event.type) {
    case "PromotionOverridden": {
      const { stage, version, reason, policies } = event.data;
      const over = policies === true ? "the gates and the policies" : "the gates";
      const title = `OVERRIDE: ${app} ${version} passes over ${over} of ${stage}`;
      return { topic: "overrides", level: "critical", stage, version, title, text: `${event.actor}: ${reason}` };
    }
    case "PromotionRolledBack": {
      const { stage, version, to, reason } = event.data;
      const title = `${app} ${version} was rolled back in ${stage} to ${to ?? "nothing"}`;
      return { topic: "rollbacks", level: "critical", stage, version, title, text: reason };
    }
    case "RollbackRequested": {
      const { id, stage, version, to, reason } = event.data;
      const title = `${event.actor} asks that ${app} goes back from ${version} to ${to ?? "nothing"} in ${stage}`;
      const text = `${reason}. Approve it: sluice rollback ${stage} --approve ${id}`;
      return { topic: "approvals", level: "warning", stage, version, title, text };
    }
    case "ReleaseWithdrawn": {
      const { version, reason } = event.data;
      const title = `${app} ${version} was withdrawn`;
      return { topic: "withdrawals", level: "critical", version, title, text: `${event.actor}: ${reason}` };
    }
    case "ArtifactWithdrawn": {
      const { sha256, reason, by, versions } = event.data;
      if (versions.length === 0) return undefined;
      const title = `${app} ${versions.join(", ")} withdrawn with an artifact`;
      return { topic: "withdrawals", level: "critical", title, text: `${by}: ${reason} (${sha256})` };
    }
    case "StageFrozen":
    case "ApplicationFrozen": {
      const { reason, until } = event.data;
      const title = `${event.actor} froze ${event.type === "StageFrozen" ? `${event.data.stage} of ${app}` : app}`;
      const text = `${reason}${until === undefined ? "" : `, until ${until}`}`;
      return { topic: "freezes", level: "warning", ...stageOf(event), title, text };
    }
    case "StageThawed":
    case "ApplicationThawed": {
      const title = `${event.actor} thawed ${event.type === "StageThawed" ? `${event.data.stage} of ${app}` : app}`;
      return { topic: "freezes", level: "info", ...stageOf(event), title, text: "Releases may enter again." };
    }
    case "PromotionRequested": {
      const { stage, version } = event.data;
      if (!asksForApproval(state, stage)) return undefined;
      const title = `${app} ${version} waits for approval in ${stage}`;
      const text = `See: sluice why ${version} ${stage}. Approve it: sluice approve ${version} ${stage}`;
      return { topic: "approvals", level: "info", stage, version, title, text };
    }
    case "PromotionPaused": {
      const { stage, version, reason } = event.data;
      const title = `The rollout of ${app} ${version} in ${stage} is paused`;
      return { topic: "troubles", level: "warning", stage, version, title, text: reason };
    }
    case "IssueOpened": {
      const { id, version, title: what, severity } = event.data;
      if (severity !== "critical") return undefined;
      const title = `Critical issue ${id} against ${app} ${version}`;
      return { topic: "troubles", level: "critical", ...stageOf(event), version, title, text: what };
    }
    case "PromotionCompleted": {
      const { stage, version } = event.data;
      const title = `${app} ${version} is live in ${stage}`;
      return { topic: "completions", level: "info", stage, version, title, text: "Everybody is offered it." };
    }
    default:
      return undefined;
  }
}

/** Who is told of a notice, as the pipeline says. */
export function recipientsOf(state: AppState, { topic, stage }: Notice): readonly Recipient[] {
  const all = state.pipeline?.pipeline.notifications ?? [];
  return all.filter(
    ({ about, stages }) =>
      about.includes(topic) && (stage === undefined || stages === undefined || stages.includes(stage)),
  );
}

function stageOf({ data }: ApplicationEvent): { stage?: string } {
  return "stage" in data && typeof data.stage === "string" ? { stage: data.stage } : {};
}

function asksForApproval(state: AppState, name: string): boolean {
  const stage = findStage(state, name);
  return !isRejection(stage) && stage.gates.some((gate) => "approval" in gate);
}
