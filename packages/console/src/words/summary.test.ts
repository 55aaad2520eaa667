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

test("quiet is said, and so is new", () => {
  expect(summaryText(status([stage]))).toContain("All quiet");
  expect(summaryText(status([stage], { releases: 0 }))).toBe("Ready for its first release.");
});
