import type { ApplicationCommand } from "@sluice/core/application/commands.ts";
import { rfc3339 } from "@sluice/core/time/instant.ts";
import type { ApiRequest } from "./app.ts";

/** What people ask a server for through its routes. */
export type AskKind = ApplicationCommand["type"] | "CreateToken" | "RevokeToken" | "Exchange" | "Read" | "ReadTokens";

/** Something that is asked for, and how. */
export interface Ask extends ApiRequest {
  readonly kind: AskKind;
  /** What it is about: a version, a stage, a promotion, an issue, a digest or a token's name. */
  readonly subject: string;
  /** The stage that it is about, where the request says so itself. */
  readonly stage?: string;
  /** The promotion that it is about: its stage is the one that it is about. */
  readonly promotion?: string;
  /** The request says more than it may, for itself. */
  readonly forged?: true;
}

const verbs = {
  PausePromotion: "pause",
  ResumePromotion: "resume",
  AbortPromotion: "abort",
  HaltRollout: "halt",
  RecallRollout: "recall",
} as const;

/** A command as a request to the production routes; undefined where there is no route for it. @param mark what tells its reason from every other */
export function askOf(app: string, command: ApplicationCommand, mark: string): Ask | undefined {
  const root = `/api/v1/apps/${app}`;
  const { type: kind } = command;
  switch (kind) {
    case "PausePromotion":
    case "ResumePromotion":
    case "AbortPromotion":
    case "HaltRollout":
    case "RecallRollout": {
      const { id } = command;
      const reason = `${command.reason} ${mark}`;
      return post(kind, id, `${root}/promotions/${id}/${verbs[kind]}`, { reason }, { promotion: id });
    }
    case "ApprovePromotion":
    case "RejectPromotion": {
      const { id } = command;
      const decision = kind === "ApprovePromotion" ? "approve" : "reject";
      const { digest, pipeline } = command;
      const seen = { ...(digest === undefined ? {} : { digest }), ...(pipeline === undefined ? {} : { pipeline }) };
      const body = { decision, comment: `${command.comment} ${mark}`, ...seen };
      return post(kind, id, `${root}/promotions/${id}/approvals`, body, { promotion: id });
    }
    case "RequestPromotion": {
      const { version, stage, override } = command;
      const body = { version, stage, ...(override === undefined ? {} : { override: `${override} ${mark}` }) };
      return post(kind, `${version} ${stage}`, `${root}/promotions`, body, { stage });
    }
    case "RollBack":
    case "RequestRollback": {
      const { stage, to, staged } = command;
      const how = { ...(to === undefined ? {} : { to }), ...(staged === undefined ? {} : { staged }) };
      const route = kind === "RollBack" ? "rollback" : "rollback-requests";
      return post(
        kind,
        stage,
        `${root}/stages/${stage}/${route}`,
        { reason: `${command.reason} ${mark}`, ...how },
        { stage },
      );
    }
    case "ApproveRollback":
    case "RejectRollback": {
      const { id, stage } = command;
      const path = `${root}/stages/${stage}/rollback-requests/${id}/${kind === "ApproveRollback" ? "approve" : "reject"}`;
      return post(kind, id, path, { comment: `${command.comment} ${mark}` }, { stage });
    }
    case "FreezeStage":
      return post(kind, command.stage, `${root}/stages/${command.stage}/freeze`, freezeOf(command, mark), {
        stage: command.stage,
      });
    case "ThawStage":
      return post(kind, command.stage, `${root}/stages/${command.stage}/thaw`, undefined, { stage: command.stage });
    case "ResumeAutoPromotion":
      return post(kind, command.stage, `${root}/stages/${command.stage}/resume`, undefined, { stage: command.stage });
    case "FreezeApplication":
      return post(kind, app, `${root}/freeze`, freezeOf(command, mark));
    case "ThawApplication":
      return post(kind, app, `${root}/thaw`, undefined);
    case "WithdrawRelease": {
      const { version } = command;
      return post(kind, version, `${root}/releases/${version}/withdraw`, { reason: `${command.reason} ${mark}` });
    }
    case "WithdrawArtifact": {
      const { sha256 } = command;
      return post(kind, sha256, `${root}/artifacts/${sha256}/withdraw`, { reason: `${command.reason} ${mark}` });
    }
    case "OpenIssue": {
      const { version, severity } = command;
      return post(kind, version, `${root}/issues`, { version, severity, title: `${command.title} ${mark}` });
    }
    case "ResolveIssue":
      return post(kind, command.id, `${root}/issues/${command.id}/resolve`, { comment: `${command.comment} ${mark}` });
    case "ReportCheck": {
      const { version, name, stage, result } = command;
      const where = stage === undefined ? {} : { stage };
      const body = { version, name, ...where, result, comment: `${command.comment} ${mark}` };
      return post(kind, version, `${root}/checks`, body, where);
    }
    case "PublishRelease":
      return post(kind, command.manifest.version, `${root}/releases`, command.manifest);
    case "ApplyPipeline":
      return { kind, subject: app, method: "PUT", path: `${root}/pipeline`, body: command.source };
    default:
      return undefined;
  }
}

function post(
  kind: AskKind,
  subject: string,
  path: string,
  body: object | undefined,
  where: Pick<Ask, "stage" | "promotion"> = {},
): Ask {
  return { kind, subject, method: "POST", path, ...(body === undefined ? {} : { body }), ...where };
}

function freezeOf({ reason, until }: { readonly reason: string; readonly until?: number }, mark: string) {
  return { reason: `${reason} ${mark}`, ...(until === undefined ? {} : { until: rfc3339(until) }) };
}
