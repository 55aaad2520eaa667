import { expect, test } from "vitest";
import { sentenceOf, sentenceText } from "./sentence.ts";

const beta = { id: "beta-3", stage: "beta", version: "2.1.0" };

function told(type: string, data: Parameters<typeof sentenceOf>[0]["data"]): string {
  return sentenceText(sentenceOf({ type, data }));
}

test.each([
  ["PipelineApplied", { pipeline: { stages: [{ name: "dev" }, { name: "beta" }] } }, "applied the pipeline dev → beta"],
  ["ReleasePublished", { manifest: { version: "2.1.0" } }, "published 2.1.0"],
  ["ReleaseWithdrawn", { version: "2.1.0", reason: "licence" }, "withdrew 2.1.0 everywhere: licence"],
  [
    "ArtifactWithdrawn",
    { sha256: "ab".repeat(32), versions: ["2.0.0", "2.1.0"], reason: "leaks" },
    "withdrew the artifact abababababab and with it 2.0.0, 2.1.0: leaks",
  ],
  ["PromotionRequested", { ...beta, manual: false }, "lined up 2.1.0 for beta"],
  ["PromotionRequested", { ...beta, manual: true }, "asked for 2.1.0 for beta"],
  ["PromotionOverridden", { ...beta, reason: "hotfix" }, "overrode the gates of beta for 2.1.0: hotfix"],
  ["PromotionStarted", { ...beta, gates: [] }, "began to roll out 2.1.0 in beta"],
  ["ExposureRaised", { ...beta, from: 500, to: 2_550 }, "raised 2.1.0 in beta from 5% to 25.5%"],
  ["WaveBegun", { ...beta, wave: 2, of: 3, name: "eu" }, "began 2.1.0 in wave eu (2 of 3) of beta"],
  ["RationGranted", { ...beta, most: 12 }, "let up to 12 clients at once have 2.1.0 in beta"],
  ["RationGranted", { ...beta, most: null }, "let any number of clients at once have 2.1.0 in beta"],
  ["GroupHalted", { ...beta, group: "region=eu" }, "halted 2.1.0 in beta for clients with region=eu"],
  ["PromotionPaused", { ...beta, reason: "lunch" }, "paused 2.1.0 in beta: lunch"],
  ["RolloutHalted", { ...beta, reason: "lunch" }, "halted 2.1.0 in beta: lunch"],
  ["PromotionResumed", { ...beta, reason: "" }, "resumed 2.1.0 in beta"],
  ["PromotionCompleted", beta, "made 2.1.0 live in beta"],
  ["ApplicationFrozen", { reason: "holidays" }, "froze every stage: holidays"],
  ["ApplicationThawed", {}, "ended the freeze of every stage"],
  ["RollbackRequested", { ...beta, to: "2.0.0", reason: "slow" }, "asked that beta go back from 2.1.0 to 2.0.0: slow"],
  ["RollbackApproved", { ...beta, id: "rollback-1", comment: "" }, "approved rollback-1: 2.1.0 leaves beta"],
  [
    "RollbackRejected",
    { ...beta, id: "rollback-1", comment: "wait" },
    "rejected rollback-1: 2.1.0 stays in beta: wait",
  ],
  [
    "RollbackApprovalVoided",
    { ...beta, id: "rollback-1", approver: "lena", reason: "she left" },
    "voided the approval of lena of rollback-1 in beta: she left",
  ],
  ["RollbackRequestLapsed", { ...beta, id: "rollback-1", reason: "too late" }, "closed rollback-1 of beta: too late"],
  ["PromotionRolledBack", { ...beta, to: "2.0.0", reason: "crashes" }, "rolled back 2.1.0 in beta to 2.0.0: crashes"],
  [
    "PromotionRolledBack",
    { ...beta, to: null, reason: "crashes" },
    "rolled back 2.1.0 in beta, which has no release now: crashes",
  ],
  [
    "PromotionRolledBack",
    { ...beta, to: "2.0.0", reason: "crashes", staged: { steps: [], salt: "" } },
    "rolled back 2.1.0 in beta to 2.0.0, clients by and by: crashes",
  ],
  [
    "WayBackRaised",
    { stage: "beta", versions: ["2.1.0"], from: 2_500, to: 5_000 },
    "sent back 50% of the clients in beta that have 2.1.0",
  ],
  [
    "PromotionAborted",
    { ...beta, reason: "it was withdrawn" },
    "took 2.1.0 out of the line for beta: it was withdrawn",
  ],
  ["PromotionSuperseded", { ...beta, by: "beta-4" }, "let 2.1.0 in beta give way to beta-4"],
  ["PolicyAdopted", { name: "enterprise", by: "admin" }, "took over policy enterprise of admin"],
  ["PolicyDropped", { name: "enterprise", by: "admin" }, "dropped policy enterprise, as admin said"],
  [
    "SoakClockStarted",
    { ...beta, reason: "3 clients are well" },
    "started the soak clock of 2.1.0 for beta: 3 clients are well",
  ],
  ["SoakClockStopped", { ...beta, reason: "1 failed" }, "stopped the soak clock of 2.1.0 for beta: 1 failed"],
  ["StageFrozen", { stage: "beta", reason: "holidays" }, "froze beta: holidays"],
  ["StageThawed", { stage: "beta" }, "thawed beta"],
  ["PromotionAskedFor", beta, "asked for 2.1.0 for beta"],
  ["HookCreated", { id: "github-1", repository: "acme/app" }, "made the hook github-1 for acme/app"],
  ["HookRemoved", { id: "github-1", repository: "acme/app" }, "removed the hook github-1 for acme/app"],
  [
    "TagPushed",
    { tag: "v1.0.0", commit: "ab".repeat(20), repository: "acme/app" },
    "pushed the tag v1.0.0 at abababababab to acme/app",
  ],
  ["TagDeleted", { tag: "v1.0.0", repository: "acme/app" }, "deleted the tag v1.0.0 in acme/app"],
  [
    "CommitMerged",
    { branch: "main", commit: "ab".repeat(20), repository: "acme/app" },
    "merged abababababab into main of acme/app",
  ],
  [
    "IssueOpened",
    { id: "issue-1", version: "2.1.0", severity: "critical", title: "Slow" },
    "opened issue-1 (critical) against 2.1.0: Slow",
  ],
  ["IssueResolved", { id: "issue-1", comment: "fixed" }, "resolved issue-1: fixed"],
  [
    "TargetApplied",
    { stage: "beta", target: "oci", main: "2.0.0", trial: { version: "2.1.0", basisPoints: 1000 } },
    "brought oci of beta to 2.0.0 and 2.1.0 at 10%",
  ],
  ["DiscoveryProblemFound", { source: "shop.git", reason: "it is gone" }, "found a problem with shop.git: it is gone"],
  [
    "TargetDeferred",
    { stage: "beta", target: "git", reason: "pull request 7 is to be merged" },
    "did its part for git of beta, and waits: pull request 7 is to be merged",
  ],
  [
    "TargetFailed",
    { stage: "beta", target: "oci", retryable: true, reason: "it is busy" },
    "could not move oci of beta yet: it is busy",
  ],
  [
    "PromotionPlanned",
    { stage: "beta", target: "oci", version: "2.1.0", changes: false, text: "" },
    "planned oci of beta for 2.1.0: it would change nothing",
  ],
  [
    "DriftFound",
    { stage: "beta", target: "oci", version: "2.1.0", text: "the tag live stands on sha256:ab", issue: "issue-4" },
    "found that oci of beta has drifted from 2.1.0: the tag live stands on sha256:ab",
  ],
  ["DriftGone", { stage: "beta", target: "oci" }, "found that oci of beta has drifted no more"],
  ["PeopleTold", { about: 7, to: ["ops"], missed: ["leads"] }, "told ops of event 7; could not reach leads"],
  ["FeedsPublished", { upTo: 4, feeds: { dev: "a", beta: "b" } }, "published the signed feeds of dev, beta"],
])("%s reads as a sentence", (type, data, text) => {
  expect(told(type, data)).toBe(text);
});

test("an event of a newer server is told by its name", () => {
  expect(told("StagePainted", {})).toBe("recorded “stage painted”");
});

test("an event in another form than expected is told by its name", () => {
  expect(told("PipelineApplied", {})).toBe("recorded “pipeline applied”");
  expect(told("constructor", {})).toBe("recorded “constructor”");
});

test("a version in a stage can be asked about there", () => {
  expect(sentenceOf({ type: "PromotionCompleted", data: beta }).parts).toContainEqual({
    version: "2.1.0",
    stage: "beta",
  });
});
