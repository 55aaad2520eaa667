import { describe, expect, test } from "vitest";
import { manifestOf } from "../testing/manifests.ts";
import { pipelineOf } from "../testing/pipelines.ts";
import { fact, given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import { World } from "../testing/world.ts";
import { decide } from "./decide.ts";
import { stageOf } from "./state.ts";

const channels = pipelineOf("dev", { name: "beta", gates: [{ soak: "1h" }] });
const stepped = pipelineOf({ name: "dev", rollout: { steps: [{ to: "10%", hold: "1h" }, { to: "100%" }] } });

describe("PublishRelease", () => {
  test("is live in the first stage's feed at once", () => {
    given(channels)
      .when(step.publish("1.0.0"))
      .thenFacts(
        fact("ReleasePublished", { manifest: manifestOf("1.0.0") }),
        fact("PromotionRequested", { id: "dev-1", stage: "dev", version: "1.0.0", manual: false }),
        fact("PromotionStarted", { id: "dev-1", salt: "myapp dev-1 1.0.0" }),
        fact("ExposureRaised", { id: "dev-1", from: 0, to: 10_000 }),
      );
  });

  test("changes nothing with the same bytes", () => {
    given(channels, step.publish("1.0.0")).when(step.publish("1.0.0")).thenNothing();
  });

  test("is refused with other bytes", () => {
    given(channels, step.publish("1.0.0"))
      .when(step.publish("1.0.0", { notes: "other" }))
      .thenRejected("RELEASE_EXISTS", /1\.0\.0 was already published with other content.*new version/);
  });

  test("is refused before there is a pipeline", () => {
    given(undefined)
      .when(step.publish("1.0.0"))
      .thenRejected("APP_NOT_FOUND", /sluice apply -f sluice\.yaml/);
  });

  test("is refused for another application", () => {
    given(channels)
      .when(step.publish("1.0.0", { app: "other" }))
      .thenRejected("RELEASE_INVALID", /"other".*"myapp"/);
  });

  test("asks nothing of a stage that has a newer one", () => {
    given(channels, step.publish("1.1.0"), step.caughtUp)
      .when(step.publish("1.0.9"))
      .thenFacts(fact("ReleasePublished"));
  });
});

describe("RequestPromotion", () => {
  test("waits for the gates", () => {
    given(channels, step.publish("1.0.0"), step.caughtUp, step.abort("beta-1"))
      .when(step.promote("1.0.0", "beta"), "bob")
      .thenFacts(fact("PromotionRequested", { id: "beta-2", stage: "beta", version: "1.0.0", manual: true }));
  });

  test("asked for twice, changes nothing", () => {
    given(channels, step.publish("1.0.0"), step.caughtUp).when(step.promote("1.0.0", "beta")).thenNothing();
  });

  test("with an override passes the gates over, and says so", () => {
    given(channels, step.publish("1.0.0"), step.caughtUp)
      .when(step.promote("1.0.0", "beta", "a fix for everybody"), "bob")
      .thenFacts(
        fact("PromotionOverridden", { id: "beta-1", version: "1.0.0", reason: "a fix for everybody" }),
        fact("PromotionStarted", {
          id: "beta-1",
          gates: expect.arrayContaining([expect.objectContaining({ gate: "soak", verdict: "wait" })]),
        }),
        fact("ExposureRaised", { id: "beta-1", to: 10_000 }),
      );
  });

  test("with an override brings a rolled-back release again, under another salt", () => {
    given(stepped, step.publish("1.0.0"), step.rollBack("dev"))
      .when(step.promote("1.0.0", "dev", "the monitor was wrong"))
      .thenFacts(
        fact("PromotionRequested", { id: "dev-2", manual: true }),
        fact("PromotionOverridden", { id: "dev-2" }),
        fact("PromotionStarted", { id: "dev-2", salt: "myapp dev-2 1.0.0" }),
        fact("ExposureRaised", { id: "dev-2", to: 1_000 }),
      );
  });

  test.each([
    ["an unknown stage", step.promote("1.0.0", "bet"), "STAGE_NOT_FOUND", /no stage "bet".*dev, beta/, ["beta", "dev"]],
    [
      "an unknown version",
      step.promote("1.0.1", "beta"),
      "RELEASE_NOT_FOUND",
      /no release 1\.0\.1 of myapp/,
      ["1.0.0"],
    ],
    ["what is live", step.promote("1.0.0", "dev"), "ALREADY_LIVE", /1\.0\.0 is live in dev/],
    ["an override without a reason", step.promote("1.0.0", "beta", " "), "REASON_REQUIRED", /--reason/],
  ] as const)("is refused for %s", (_, command, code, message, nearest?: readonly string[]) => {
    given(channels, step.publish("1.0.0"), step.caughtUp).when(command).thenRejected(code, message, nearest);
  });

  test("is refused for what is older than what is live", () => {
    given(channels, step.publish("1.1.0"), step.caughtUp, step.publish("1.0.9"))
      .when(step.promote("1.0.9", "dev", "I insist"))
      .thenRejected("NOT_NEWER", /dev has 1\.1\.0.*sluice rollback dev --to 1\.0\.9/);
  });

  test("is refused for what was withdrawn, also with an override", () => {
    given(channels, step.publish("1.0.0"), step.caughtUp, step.withdraw("1.0.0", "leaks"))
      .when(step.promote("1.0.0", "beta", "I insist"))
      .thenRejected("RELEASE_WITHDRAWN", /withdrawn by alice: leaks/);
  });

  test("is refused for what was rolled back there, unless overridden", () => {
    given(stepped, step.publish("1.0.0"), step.rollBack("dev"))
      .when(step.promote("1.0.0", "dev"))
      .thenRejected("GATES_CLOSED", /rolled back in dev.*--override/);
  });

  test("an override of what is older than what has just become live is superseded, not started", () => {
    const world = given(
      stepped,
      step.publish("1.1.0"),
      step.publish("1.0.9"),
      step.promote("1.0.9", "dev", "it is first in line"),
    ).world;
    world.pass(3_600_000);
    expect(stageOf(world.state, "dev").live?.version).toBe("1.1.0");
    expect(world.state.promotions.get("dev-2")?.status).toBe("superseded");
    expect(world.happened.filter(({ type }) => type === "PromotionStarted")).toHaveLength(1);
  });
});

describe("PausePromotion, ResumePromotion", () => {
  test("hold the exposure where it is, and let it go on", () => {
    const { world } = given(stepped, step.publish("1.0.0"), step.caughtUp, step.pause("dev-1"), step.passing("5h"));
    expect(world.state.promotions.get("dev-1")).toMatchObject({
      status: "paused",
      exposure: { basisPoints: 1_000 },
      paused: { by: "alice", reason: "wait" },
    });
    expect(world.must(step.resume("dev-1"))).toMatchObject([fact("PromotionResumed", { reason: "go on" })]);
    expect(world.advance()).toMatchObject([fact("ExposureRaised", { from: 1_000, to: 10_000 })]);
  });

  test("change nothing the second time", () => {
    given(stepped, step.publish("1.0.0"), step.pause("dev-1")).when(step.pause("dev-1")).thenNothing();
    given(stepped, step.publish("1.0.0")).when(step.resume("dev-1")).thenNothing();
  });

  test("are refused for what has ended, and for what never was", () => {
    const ended = given(channels, step.publish("1.0.0"), step.caughtUp);
    ended.when(step.pause("dev-1")).thenRejected("PROMOTION_NOT_ACTIVE", /dev-1 of 1\.0\.0 into dev is complete/);
    ended.when(step.resume("dev-1")).thenRejected("PROMOTION_NOT_ACTIVE", /is complete/);
    ended.when(step.pause("beta-1")).thenRejected("PROMOTION_NOT_ACTIVE", /is waiting/);
    ended.when(step.resume("beta-7")).thenRejected("PROMOTION_NOT_FOUND", /no promotion "beta-7"/, ["beta-1"]);
  });
});

describe("AbortPromotion", () => {
  test("ends a wait", () => {
    given(channels, step.publish("1.0.0"), step.caughtUp)
      .when(step.abort("beta-1"))
      .thenFacts(fact("PromotionAborted", { id: "beta-1", version: "1.0.0", cause: "manual", reason: "not this one" }));
  });

  test.each([["rolling out"], ["paused"]])("takes back what is %s", (how) => {
    const held = how === "paused" ? [step.pause("dev-1")] : [];
    const { world, when } = given(stepped, step.publish("1.0.0"), ...held);
    when(step.abort("dev-1")).thenFacts(
      fact("PromotionRolledBack", { id: "dev-1", version: "1.0.0", to: null, cause: "aborted" }),
    );
    expect(world.state.promotions.get("dev-1")?.status).toBe("aborted");
    expect(stageOf(world.state, "dev").away.has("1.0.0")).toBe(true);
  });

  test("is refused for what has ended", () => {
    given(channels, step.publish("1.0.0"), step.caughtUp)
      .when(step.abort("dev-1"))
      .thenRejected("PROMOTION_NOT_ACTIVE", /complete/);
  });
});

describe("OpenIssue, ResolveIssue", () => {
  test("number issues from 1", () => {
    const opened = given(channels, step.publish("1.0.0"), step.openIssue("1.0.0", "info"));
    opened
      .when(step.openIssue("1.0.0", "warning"))
      .thenFacts(fact("IssueOpened", { id: "issue-2", version: "1.0.0", title: "It burns", severity: "warning" }));
    opened
      .when(step.resolveIssue("issue-1"))
      .thenFacts(fact("IssueResolved", { id: "issue-1", comment: "it does not" }));
    expect(opened.world.state.openIssues.toArray()).toEqual(["issue-2"]);
  });

  test("are refused for what does not exist or is resolved", () => {
    const opened = given(
      channels,
      step.publish("1.0.0"),
      step.openIssue("1.0.0", "info"),
      step.resolveIssue("issue-1"),
    );
    opened.when(step.openIssue("2.0.0")).thenRejected("RELEASE_NOT_FOUND", /2\.0\.0/, ["1.0.0"]);
    opened.when(step.resolveIssue("issue-1")).thenRejected("ISSUE_RESOLVED", /resolved by alice/);
    opened.when(step.resolveIssue("issue-9")).thenRejected("ISSUE_NOT_FOUND", /"issue-9"/, ["issue-1"]);
  });
});

describe("RecordPublication", () => {
  test("starts the hold of what it applies", () => {
    const { world, when } = given(stepped, step.publish("1.0.0"), step.later("10m"));
    expect(world.state.promotions.get("dev-1")).not.toHaveProperty("exposure.appliedAt");
    when({ type: "RecordPublication", upTo: world.state.seq, feeds: {} }).thenFacts(
      fact("FeedsPublished", { upTo: 5 }),
    );
    expect(world.state.promotions.get("dev-1")).toHaveProperty("exposure.appliedAt", world.now);
  });

  test("does not start the hold of what came after it", () => {
    const { world, when } = given(stepped, step.publish("1.0.0"));
    when({ type: "RecordPublication", upTo: world.state.seq - 1, feeds: {} }).thenFacts(fact("FeedsPublished"));
    expect(world.state.promotions.get("dev-1")).not.toHaveProperty("exposure.appliedAt");
  });

  test("says nothing twice, nothing late, and nothing of what the log does not hold", () => {
    const { world, when } = given(stepped, step.publish("1.0.0"), step.feedsPublished);
    for (const upTo of [5, 4, world.state.seq + 1]) when({ type: "RecordPublication", upTo, feeds: {} }).thenNothing();
  });
});

test("a refusal leaves the state as it was", () => {
  const world = new World(channels);
  const before = world.state;
  world.take(step.promote("9.9.9", "beta"));
  expect(world.state).toBe(before);
});

test("who gave a command and when stand in the state", () => {
  const { state } = given(channels, step.later("5m")).world;
  const decision = decide(state, step.publish("1.0.0"), { now: 1_710_497_100_000, actor: "ci" });
  expect("state" in decision && decision.state.releases.get("1.0.0")).toMatchObject({
    publishedAt: 1_710_497_100_000,
    publishedBy: "ci",
  });
});
