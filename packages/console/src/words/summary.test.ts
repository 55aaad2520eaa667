import type { StageView, StatusView } from "@sluice/core/views/status.ts";
import { expect, test } from "vitest";
import { summaryText } from "./summary.ts";

const clients = { reached: 0, healthy: 0, failed: 0 };
const stage: StageView = {
  name: "beta",
  live: null,
  active: null,
  waiting: [],
  rolledBack: [],
  frozen: null,
  held: null,
  stopTest: true,
  targets: [],
  inconsistent: null,
};

const askedFor: NonNullable<StageView["rollbackRequest"]> = {
  id: "rollback-1",
  stage: "beta",
  status: "open",
  from: "1.1.0",
  to: "1.0.0",
  staged: false,
  reason: "slow",
  requestedBy: "bob",
  requestedAt: "",
  approvers: [],
  approvals: [],
  waitsFor: [],
  until: "",
};

function status(stages: StageView[], more: Partial<StatusView> = {}): StatusView {
  return { app: "app", at: "", seq: 1, pipelineDigest: null, releases: 1, openIssues: [], stages, ...more };
}

function active(kind: "active" | "paused"): StageView {
  const rollout = {
    promotion: "beta-1",
    version: "1.0.0",
    status: kind,
    basisPoints: 0,
    startedAt: "",
    waitsFor: "",
    clients,
  };
  return { ...stage, active: rollout };
}

test("what is going on is counted", () => {
  const waiting = { ...stage, waiting: [{ promotion: "beta-2", version: "1.1.0", waitsFor: [] }] };
  const openIssues = [{ id: "issue-1", version: "1.0.0", severity: "critical", title: "Slow" }];
  const summary = summaryText(status([active("active"), active("paused"), waiting], { openIssues }));
  expect(summary).toBe("1 rolling out · 1 paused · 1 waiting · 1 open issue");
});

test("a freeze, a way back and a rollback that is asked for are not quiet", () => {
  const going = { ...stage, wayBack: { versions: ["1.1.0"], basisPoints: 2_500 }, rollbackRequest: askedFor };
  expect(summaryText(status([going], { frozen: { by: "bob", reason: "holidays" } }))).toBe(
    "frozen · 1 going back · 1 rollback asked for",
  );
});

test("quiet is said, and so is new", () => {
  expect(summaryText(status([stage]))).toContain("All quiet");
  expect(summaryText(status([stage], { releases: 0 }))).toBe("Ready for its first release.");
});
