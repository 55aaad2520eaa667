import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { StatusView } from "@sluice/core/views/status.ts";
import type { Explanation } from "@sluice/core/views/why.ts";

const second = 1_000;
const hour = 3_600_000;

/** A moment relative to now, RFC 3339. */
function at(ms: number): string {
  return new Date(Date.now() + ms).toISOString();
}

/** An application in the middle of its day: something of everything that a stage can show. */
export function busyStatus(exposure = 2_500): StatusView {
  return {
    app: "myapp",
    at: at(0),
    seq: 12,
    pipelineDigest: "0".repeat(64),
    releases: 5,
    openIssues: [{ id: "issue-1", version: "1.3.0", severity: "critical", title: "Crashes when the disk is full" }],
    stages: [
      {
        name: "dev",
        live: {
          version: "1.5.0",
          since: at(-2 * hour),
          promotion: "dev-5",
          clients: { reached: 12, healthy: 12, failed: 0 },
        },
        active: null,
        waiting: [],
        rolledBack: [],
        frozen: null,
        held: null,
        stopTest: true,
        targets: [],
        inconsistent: null,
      },
      {
        name: "beta",
        live: {
          version: "1.2.0",
          since: at(-26 * hour),
          promotion: "beta-2",
          clients: { reached: 80, healthy: 78, failed: 0 },
        },
        active: {
          promotion: "beta-4",
          version: "1.4.0",
          status: "active",
          basisPoints: exposure,
          startedAt: at(-10 * 60 * second),
          waitsFor: "goes to 50% in 3m 20s, if by then clients: 3 of at least 5 clients confirmed healthy",
          until: at(200 * second),
          clients: { reached: 20, healthy: 3, failed: 1 },
        },
        waiting: [
          {
            promotion: "beta-5",
            version: "1.5.0",
            waitsFor: [
              { gate: "soak", reason: "soaks 1d in dev" },
              { gate: "stage", reason: "1.4.0 is rolling out (beta-4)" },
            ],
            until: at(22 * hour),
          },
        ],
        rolledBack: ["1.3.0"],
        frozen: null,
        held: null,
        stopTest: true,
        targets: [
          {
            name: "oci",
            state: "moving",
            has: "1.2.0",
            since: at(-26 * hour),
            progress: { what: "images copied", done: 3, total: 5, bytes: { done: 2_048, total: 4_096 } },
          },
          {
            name: "traffic",
            state: "applied",
            has: "1.2.0",
            trial: { version: "1.4.0", basisPoints: exposure },
            since: at(-60 * second),
            drift: {
              text: "HAProxy's backend shop reports the weights web-1 (1.2.0) 50",
              since: at(-30 * second),
              issue: "issue-2",
            },
          },
          { name: "kubernetes", state: "retrying", has: null, reason: "Deployment shop/web: the cluster answered 503" },
        ],
        inconsistent: "traffic has drifted (0 min): HAProxy's backend shop reports the weights web-1 (1.2.0) 50",
      },
      {
        name: "stable",
        live: null,
        active: null,
        waiting: [
          {
            promotion: "stable-1",
            version: "1.2.0",
            waitsFor: [{ gate: "no-issues", reason: "open issue: issue-1 (critical: Crashes when the disk is full)" }],
          },
        ],
        rolledBack: [],
        frozen: null,
        held: null,
        stopTest: false,
        targets: [],
        inconsistent: null,
      },
    ],
  };
}

/** An application in which people had to step in. */
export function troubledStatus(): StatusView {
  const status = busyStatus();
  const waiting = [
    {
      promotion: "dev-7",
      version: "1.7.0",
      waitsFor: [{ gate: "not-frozen", reason: "all of myapp frozen by olga: the end of the year" }],
      overriddenBy: "olga: now",
    },
  ];
  const rollbackRequest = {
    id: "rollback-1",
    stage: "dev",
    status: "open",
    from: "1.5.0",
    to: "1.4.0",
    staged: false,
    reason: "slow",
    requestedBy: "bob",
    requestedAt: at(-hour),
    approvers: [],
    approvals: [],
    waitsFor: ["0 of 1 approvals (nobody)"],
    until: at(48 * hour),
  } as const;
  const wayBack = { versions: ["1.6.0"], basisPoints: 2_500, next: at(hour) };
  return {
    ...status,
    openIssues: [],
    frozen: { by: "olga", reason: "the end of the year" },
    stages: status.stages.slice(0, 1).map((stage) => ({ ...stage, waiting, rollbackRequest, wayBack })),
  };
}

/** Why 1.5.0 waits for beta. */
export function waitingExplanation(): Explanation {
  const until = at(22 * hour);
  const pass = (gate: string, reason: string) => ({ gate, verdict: "pass" as const, reason, evidence: {} });
  return {
    app: "myapp",
    version: "1.5.0",
    stage: "beta",
    at: at(0),
    standing: "waiting",
    summary: "1.5.0 waits for beta: soak (soaks 1d in dev).",
    earliest: until,
    promotion: "beta-5",
    plans: [
      {
        target: "oci",
        at: at(-60 * second),
        changes: true,
        text: "registry.example/shop/web:1.5.0 would be put: sha256:4f2a…",
        sha256: "5e628253a7f9".padEnd(64, "0"),
      },
      {
        target: "kubernetes",
        at: at(-60 * second),
        changes: false,
        text: "Deployment shop/web has it already",
        sha256: "41f0c9be20d7".padEnd(64, "0"),
      },
    ],
    gates: [
      pass("not-withdrawn", "not withdrawn"),
      pass("previous-stage", "fully rolled out in dev"),
      {
        gate: "soak",
        verdict: "wait",
        reason: "soaks 1d in dev",
        evidence: { soakMs: 24 * hour, since: at(-2 * hour), until },
        until,
      },
      {
        gate: "no-issues",
        verdict: "fail",
        reason: "open issue: issue-1 (critical: Crashes when the disk is full)",
        evidence: { atLeast: "warning", open: ["issue-1"] },
        who: "whoever resolves the issue: sluice issue resolve ID",
      },
    ],
    analysis: [],
  };
}

type Told = Pick<SealedEvent, "actor" | "type" | "data">;

const beta = { id: "beta-4", stage: "beta", version: "1.4.0" };

const story: readonly Told[] = [
  {
    actor: "admin",
    type: "PipelineApplied",
    data: { pipeline: { stages: [{ name: "dev" }, { name: "beta" }, { name: "stable" }] } },
  },
  { actor: "ci", type: "ReleasePublished", data: { manifest: { version: "1.3.0" } } },
  {
    actor: "sluice",
    type: "IssueOpened",
    data: {
      id: "issue-1",
      version: "1.3.0",
      severity: "critical",
      title: "Crashes when the disk is full",
      stage: "beta",
    },
  },
  {
    actor: "sluice",
    type: "PromotionRolledBack",
    data: {
      id: "beta-3",
      stage: "beta",
      version: "1.3.0",
      to: "1.2.0",
      cause: "analysis",
      reason: "stop-test: 4 of 9 clients failed",
    },
  },
  { actor: "ci", type: "ReleasePublished", data: { manifest: { version: "1.4.0" } } },
  { actor: "sluice", type: "PromotionRequested", data: { ...beta, manual: false } },
  { actor: "sluice", type: "PromotionStarted", data: { ...beta, gates: [] } },
  { actor: "sluice", type: "ExposureRaised", data: { ...beta, from: 0, to: 1_000 } },
  { actor: "sluice", type: "FeedsPublished", data: { upTo: 8, feeds: { dev: "a", beta: "b", stable: "c" } } },
  { actor: "lee", type: "PromotionPaused", data: { ...beta, reason: "looking at a slow query" } },
  { actor: "lee", type: "PromotionResumed", data: { ...beta, reason: "it was the test database" } },
  { actor: "sluice", type: "ExposureRaised", data: { ...beta, from: 1_000, to: 2_500 } },
];

/** Puts facts into a log that follows on from `before`, a minute apart when they are `old`. */
export function sealed(told: readonly Told[], before: number, old: boolean): SealedEvent[] {
  return told.map((fact, i) => {
    const age = old ? (told.length - i) * 60 * second : 0;
    return { app: "myapp", seq: before + i + 1, at: at(-age), ...fact, prev: "0".repeat(64), hash: "0".repeat(64) };
  });
}

/** The log that led to `busyStatus`. */
export function busyLog(): SealedEvent[] {
  return sealed(story, 0, true);
}
