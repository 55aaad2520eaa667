import { type AppState, latestPromotion, type Release, type StageState } from "@sluice/core/application/state.ts";
import type { Demand } from "@sluice/core/targets/demand.ts";
import type { OutsideTarget } from "@sluice/core/targets/outside.ts";
import type { Account, Order } from "../targets/target.ts";

/** What a stage's demand means for one of its targets. */
export function orderOf(state: AppState, stage: StageState, target: OutsideTarget, demand: Demand): Order {
  const { asked, main, trial, leaving } = demand;
  return {
    id: `${state.app}/${stage.name}/${target.name}@${asked}`,
    app: state.app,
    stage: stage.name,
    asked,
    main: main === null ? null : releaseOf(state, main),
    ...(trial === undefined
      ? {}
      : { trial: { release: releaseOf(state, trial.version), basisPoints: trial.basisPoints } }),
    ...(leaving === undefined ? {} : { leaving: releaseOf(state, leaving) }),
    ...accountOf(state, stage, leaving ?? trial?.version ?? main),
  };
}

function accountOf(state: AppState, stage: StageState, version: string | null): { readonly account?: Account } {
  const promotion = version === null ? undefined : latestPromotion(state, stage, version);
  if (promotion === undefined) return {};
  const before = stage.live?.version;
  const request = state.rollbackRequests.findLast(
    (one) => one.promotion === promotion.id && one.closed?.as === "carried-out",
  );
  return {
    account: {
      promotion: promotion.id,
      // Who let a release in has not said that it should go: on the way back only a formal rollback has been approved.
      approvedBy: (request ?? ("ended" in promotion ? { approvals: [] } : promotion)).approvals.map(({ by }) => by),
      ...(before === undefined || before === version ? {} : { before }),
      ...("ended" in promotion
        ? { ended: { reason: promotion.ended.reason, by: request?.by ?? promotion.ended.by } }
        : {}),
      issues: state.openIssues.toArray().flatMap((id) => {
        const issue = state.issues.get(id);
        return issue?.version === version ? [{ id, title: issue.title, severity: issue.severity }] : [];
      }),
    },
  };
}

function releaseOf(state: AppState, version: string): Release {
  const release = state.releases.get(version);
  if (release === undefined) throw new Error(`the log asks for ${version}, which it does not have`);
  return release;
}
