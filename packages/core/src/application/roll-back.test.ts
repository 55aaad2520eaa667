import { describe, expect, test } from "vitest";
import { pipelineOf } from "../testing/pipelines.ts";
import { fact, given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import { stageOf } from "./state.ts";

const dev = pipelineOf("dev");
const stepped = pipelineOf({ name: "dev", rollout: { steps: [{ to: "10%", hold: "1h" }, { to: "100%" }] } });
const soaking = pipelineOf("dev", { name: "beta", gates: [{ soak: "1h" }] });

/** 1.0.0 and 1.1.0 were rolled out in `dev`, 1.2.0 is live there. */
const threeReleases = [
  step.publish("1.0.0"),
  step.caughtUp,
  step.publish("1.1.0"),
  step.caughtUp,
  step.publish("1.2.0"),
  step.caughtUp,
];

describe("RollBack", () => {
  test("goes to the last good release", () => {
    const { world, when } = given(dev, ...threeReleases);
    when(step.rollBack("dev"), "bob").thenFacts(
      fact("PromotionRolledBack", {
        id: "dev-3",
        stage: "dev",
        version: "1.2.0",
        to: "1.1.0",
        cause: "manual",
        reason: "it harms",
      }),
    );
    const stage = stageOf(world.state, "dev");
    expect(stage.live).toMatchObject({ version: "1.1.0", promotion: "dev-2", since: world.now });
    expect(stage.away.toArray()).toEqual(["1.2.0"]);
    expect(world.state.promotions.get("dev-3")).toMatchObject({
      status: "rolled-back",
      ended: { cause: "manual", by: "bob" },
    });
  });

  test("goes to the release asked for, and everything after it goes too", () => {
    const { world, when } = given(dev, ...threeReleases);
    when(step.rollBack("dev", "1.0.0")).thenFacts(fact("PromotionRolledBack", { version: "1.2.0", to: "1.0.0" }));
    const stage = stageOf(world.state, "dev");
    expect(stage.live?.version).toBe("1.0.0");
    expect(stage.away.toArray().sort()).toEqual(["1.1.0", "1.2.0"]);
    expect([...stage.completed.keys()]).toEqual(["1.0.0"]);
  });

  test("passes over what was withdrawn", () => {
    given(dev, ...threeReleases, step.withdraw("1.1.0"))
      .when(step.rollBack("dev"))
      .thenFacts(fact("PromotionRolledBack", { version: "1.2.0", to: "1.0.0" }));
  });

  test("takes back what is rolling out, and leaves what is live", () => {
    const { world, when } = given(stepped, step.publish("1.0.0"), step.passing("2h"), step.publish("1.1.0"));
    when(step.rollBack("dev")).thenFacts(fact("PromotionRolledBack", { id: "dev-2", version: "1.1.0", to: "1.0.0" }));
    expect(stageOf(world.state, "dev").live).toMatchObject({ version: "1.0.0", promotion: "dev-1" });
    expect(stageOf(world.state, "dev").active).toBeUndefined();
  });

  test("to what is live takes back what is rolling out", () => {
    given(stepped, step.publish("1.0.0"), step.passing("2h"), step.publish("1.1.0"))
      .when(step.rollBack("dev", "1.0.0"))
      .thenFacts(fact("PromotionRolledBack", { id: "dev-2", to: "1.0.0" }));
  });

  test("to what is older takes back what is rolling out, and what is live", () => {
    const past = [
      step.publish("1.0.0"),
      step.passing("2h"),
      step.publish("1.1.0"),
      step.passing("2h"),
      step.publish("1.2.0"),
    ];
    given(stepped, ...past)
      .when(step.rollBack("dev", "1.0.0"))
      .thenFacts(
        fact("PromotionRolledBack", { id: "dev-3", version: "1.2.0", to: "1.1.0" }),
        fact("PromotionRolledBack", { id: "dev-2", version: "1.1.0", to: "1.0.0" }),
      );
  });

  test("takes a first release back to nothing while it rolls out", () => {
    const { world, when } = given(stepped, step.publish("1.0.0"));
    when(step.rollBack("dev")).thenFacts(fact("PromotionRolledBack", { id: "dev-1", to: null }));
    expect(stageOf(world.state, "dev").live).toBeUndefined();
  });

  test.each([
    ["an unknown stage", step.rollBack("def"), "STAGE_NOT_FOUND", /"def"/, ["dev"]],
    ["no reason", step.rollBack("dev", undefined, " "), "REASON_REQUIRED", /--reason/],
    ["what is live", step.rollBack("dev", "1.2.0"), "ALREADY_LIVE", /1\.2\.0 is what is live in dev/],
    [
      "what never was there",
      step.rollBack("dev", "9.0.0"),
      "RELEASE_NOT_FOUND",
      /9\.0\.0/,
      ["1.0.0", "1.1.0", "1.2.0"],
    ],
  ] as const)("is refused for %s", (_, command, code, message, nearest?: readonly string[]) => {
    given(dev, ...threeReleases)
      .when(command)
      .thenRejected(code, message, nearest);
  });

  test("is refused to what was rolled back or withdrawn", () => {
    const past = given(dev, ...threeReleases, step.rollBack("dev"));
    past
      .when(step.rollBack("dev", "1.2.0"))
      .thenRejected("ROLLBACK_TARGET_INVALID", /was rolled back there\. Good releases there: 1\.0\.0, 1\.1\.0\./);
    past.world.must(step.withdraw("1.0.0", "leaks"));
    past.when(step.rollBack("dev", "1.0.0")).thenRejected("RELEASE_WITHDRAWN", /leaks/);
  });

  test("is refused where there is nothing to go back to", () => {
    given(dev)
      .when(step.rollBack("dev"))
      .thenRejected("NOTHING_TO_ROLL_BACK", /dev has no live release/);
    given(dev, step.publish("1.0.0"), step.caughtUp)
      .when(step.rollBack("dev"))
      .thenRejected("NOTHING_TO_ROLL_BACK", /nothing earlier than 1\.0\.0/);
  });

  test("puts a release there that only a person or a withdrawal takes back; if it fails, an issue says so once", () => {
    const failing = step.reported({ stage: "dev", version: "1.1.0", failed: 50 });
    const past = given(dev, ...threeReleases, step.rollBack("dev"), failing);
    past.when(step.advance(...past.world.measurements)).thenFacts(
      fact("IssueOpened", {
        version: "1.1.0",
        stage: "dev",
        severity: "critical",
        title: expect.stringMatching(/stop-test: .*; a rollback put it there, .* sluice rollback dev/),
      }),
    );
    past.when(step.advance(...past.world.measurements)).thenNothing();
    past.when(step.rollBack("dev")).thenFacts(fact("PromotionRolledBack", { version: "1.1.0", to: "1.0.0" }));
    const withdrawn = given(dev, ...threeReleases, step.rollBack("dev"));
    withdrawn
      .when(step.withdraw("1.1.0"))
      .thenFacts(fact("ReleaseWithdrawn"), fact("PromotionRolledBack", { version: "1.1.0", to: "1.0.0" }));
    given(dev, ...threeReleases, failing, step.rollBack("dev"), step.publish("1.3.0"), step.caughtUp)
      .when(step.advance(step.counts("dev", "1.3.0", 0, 50)))
      .thenFacts(fact("IssueOpened"), fact("PromotionRolledBack", { version: "1.3.0", to: "1.1.0" }));
  });

  test("of what is rolling out leaves what is live as it was", () => {
    const { world } = given(stepped, step.publish("1.0.0"), step.passing("2h"), step.publish("1.1.0"));
    const { live } = stageOf(world.state, "dev");
    world.pass(1_000);
    world.must(step.rollBack("dev"));
    expect(stageOf(world.state, "dev").live).toEqual(live);
  });

  test("ends the wait for the stage after it", () => {
    given(soaking, step.publish("1.0.0"), step.caughtUp, step.publish("1.1.0"), step.caughtUp)
      .when(step.rollBack("dev"))
      .thenFacts(
        fact("PromotionRolledBack", { id: "dev-2", version: "1.1.0", to: "1.0.0" }),
        fact("PromotionAborted", {
          id: "beta-2",
          version: "1.1.0",
          cause: "rolled-back-before",
          reason: "1.1.0 was rolled back in dev",
        }),
      );
  });

  test("takes back what is rolling out in the stage after it", () => {
    const pipeline = pipelineOf("dev", {
      name: "beta",
      rollout: { steps: [{ to: "10%", hold: "1h" }, { to: "100%" }] },
    });
    given(pipeline, step.publish("1.0.0"), step.passing("2h"), step.publish("1.1.0"), step.caughtUp)
      .when(step.rollBack("dev"))
      .thenFacts(
        fact("PromotionRolledBack", { id: "dev-2", stage: "dev" }),
        fact("PromotionRolledBack", {
          id: "beta-2",
          stage: "beta",
          to: "1.0.0",
          cause: "gate",
          reason: "previous-stage: was rolled back in dev",
        }),
      );
  });
});

describe("WithdrawRelease", () => {
  test("goes back where the release is live, everywhere", () => {
    const pipeline = pipelineOf("dev", "beta");
    const { world, when } = given(pipeline, step.publish("1.0.0"), step.caughtUp, step.publish("1.1.0"), step.caughtUp);
    when(step.withdraw("1.1.0", "leaks"), "eve").thenFacts(
      fact("ReleaseWithdrawn", { version: "1.1.0", reason: "leaks" }),
      fact("PromotionRolledBack", { stage: "dev", version: "1.1.0", to: "1.0.0", cause: "withdrawn" }),
      fact("PromotionRolledBack", { stage: "beta", version: "1.1.0", to: "1.0.0", cause: "withdrawn" }),
    );
    expect(world.state.releases.get("1.1.0")?.withdrawn).toEqual({ at: world.now, by: "eve", reason: "leaks" });
  });

  test("leaves a stage without a release when there is no good one", () => {
    const { world, when } = given(dev, step.publish("1.0.0"), step.caughtUp);
    when(step.withdraw("1.0.0")).thenFacts(fact("ReleaseWithdrawn"), fact("PromotionRolledBack", { to: null }));
    expect(stageOf(world.state, "dev").live).toBeUndefined();
  });

  test.each([["rolling out"], ["paused"]])("takes back what is %s", (how) => {
    const held = how === "paused" ? [step.pause("dev-1")] : [];
    given(stepped, step.publish("1.0.0"), ...held)
      .when(step.withdraw("1.0.0"))
      .thenFacts(fact("ReleaseWithdrawn"), fact("PromotionRolledBack", { id: "dev-1", cause: "withdrawn" }));
  });

  test("ends a wait", () => {
    given(soaking, step.publish("1.0.0"), step.caughtUp, step.publish("1.1.0"), step.caughtUp)
      .when(step.withdraw("1.1.0"))
      .thenFacts(
        fact("ReleaseWithdrawn"),
        fact("PromotionRolledBack", { stage: "dev" }),
        fact("PromotionAborted", { id: "beta-2", cause: "withdrawn" }),
      );
  });

  test("of what a rollout replaces leaves the rollout, and takes the release from everybody else", () => {
    const { world, when } = given(stepped, step.publish("1.0.0"), step.passing("2h"), step.publish("1.1.0"));
    when(step.withdraw("1.0.0")).thenFacts(
      fact("ReleaseWithdrawn"),
      fact("PromotionRolledBack", { id: "dev-1", to: null }),
    );
    expect(stageOf(world.state, "dev").active).toBe("dev-2");
  });

  test("of an older release changes nothing that is live", () => {
    given(dev, ...threeReleases)
      .when(step.withdraw("1.0.0"))
      .thenFacts(fact("ReleaseWithdrawn"));
  });

  test("changes nothing the second time", () => {
    given(dev, step.publish("1.0.0"), step.withdraw("1.0.0")).when(step.withdraw("1.0.0", "again")).thenNothing();
  });

  test("needs a reason and a release", () => {
    const past = given(dev, step.publish("1.0.0"));
    past.when(step.withdraw("1.0.0", "")).thenRejected("REASON_REQUIRED", /--reason/);
    past.when(step.withdraw("1.0.1")).thenRejected("RELEASE_NOT_FOUND", /1\.0\.1/, ["1.0.0"]);
  });
});
