import { expect, test } from "vitest";
import { isRejection } from "../errors/rejection.ts";
import { pipelineOf } from "../testing/pipelines.ts";
import { fact, given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import type { World } from "../testing/world.ts";
import { statusOf } from "../views/status.ts";
import { explain } from "../views/why.ts";

const pipeline = pipelineOf("dev", { name: "beta", gates: [{ "no-issues": { "at-least": "info" } }] });
/** 1.0.0 and 1.1.0 wait for beta, each with an issue. */
const waiting = [
  step.publish("1.0.0"),
  step.openIssue("1.0.0"),
  step.caughtUp,
  step.publish("1.1.0"),
  step.openIssue("1.1.0"),
  step.caughtUp,
];
const chosen = [...waiting, step.by("bob", step.promote("1.0.0", "beta"))];
const resolved = [step.resolveIssue("issue-1"), step.resolveIssue("issue-2"), step.caughtUp];
const liveIn = (world: World) => world.state.stages.get("beta")?.live?.version;

test("without a choice by hand the newest enters", () => {
  expect(liveIn(given(pipeline, ...waiting, ...resolved).world)).toBe("1.1.0");
});

test("an older one that is promoted by hand is not overtaken, and everybody is told who chose it and how to lift that", () => {
  const { when, world } = given(pipeline, ...waiting);
  when(step.promote("1.0.0", "beta"), "bob").thenFacts(
    fact("AutoPromotionHeld", { stage: "beta", id: "beta-1", version: "1.0.0", newer: "1.1.0" }),
  );
  for (const each of resolved) step.perform(world, each);
  world.pass(86_400_000);
  expect(liveIn(world)).toBe("1.0.0");
  const why = explain(world.state, { version: "1.1.0", stage: "beta" }, [], world.now);
  expect(!isRejection(why) && why.gates).toContainEqual({
    gate: "not-held",
    verdict: "wait",
    reason: "bob promoted 1.0.0 by hand, so nothing newer follows by itself",
    evidence: { by: "bob", version: "1.0.0", promotion: "beta-1", since: "2024-03-15T10:00:00.000Z" },
    who: "an operator: sluice resume beta, or sluice promote 1.1.0 beta",
  });
  expect(statusOf(world.state, [], world.now).stages[1]?.held).toEqual({
    by: "bob",
    version: "1.0.0",
    since: "2024-03-15T10:00:00.000Z",
  });
});

test("nor by one that is published later", () => {
  const { world } = given(pipeline, ...chosen, ...resolved, step.publish("2.0.0"), step.passing("24h"));
  expect(liveIn(world)).toBe("1.0.0");
});

test("a hold is lifted by a person, and the newest follows at once", () => {
  const { when } = given(pipeline, ...chosen, ...resolved);
  when({ type: "ResumeAutoPromotion", stage: "beta" }, "carol").thenFacts(
    fact("AutoPromotionResumed", { stage: "beta" }),
    fact("PromotionStarted", { version: "1.1.0" }),
    fact("ExposureRaised"),
  );
});

test("or by promoting the newest by hand", () => {
  const { when } = given(pipeline, ...chosen, ...resolved);
  when(step.promote("1.1.0", "beta")).thenFacts(
    fact("AutoPromotionResumed"),
    fact("PromotionStarted", { version: "1.1.0" }),
    fact("ExposureRaised"),
  );
});

test("an override of an older one holds as well", () => {
  const { when } = given(pipeline, ...waiting);
  when(step.promote("1.0.0", "beta", "the customers wait for it")).thenFacts(
    fact("PromotionOverridden"),
    fact("AutoPromotionHeld", { newer: "1.1.0" }),
    fact("PromotionStarted", { version: "1.0.0" }),
    fact("ExposureRaised"),
  );
});

test("promoting the newest, the only one, or one next to a release that can never enter holds nothing", () => {
  given(pipeline, ...waiting)
    .when(step.promote("1.1.0", "beta"))
    .thenNothing();
  given(pipeline, step.publish("1.0.0"), step.openIssue("1.0.0"), step.caughtUp)
    .when(step.promote("1.0.0", "beta"))
    .thenNothing();
  given(pipeline, ...waiting, step.withdraw("1.1.0"))
    .when(step.promote("1.0.0", "beta"))
    .thenNothing();
});

test("asked twice it is held once; a stage that is not held has nothing to lift, and one that is not there is refused", () => {
  const { when } = given(pipeline, ...chosen);
  when(step.promote("1.0.0", "beta"), "carol").thenNothing();
  given(pipeline, ...waiting)
    .when({ type: "ResumeAutoPromotion", stage: "beta" })
    .thenNothing();
  when({ type: "ResumeAutoPromotion", stage: "bet" }).thenRejected("STAGE_NOT_FOUND", /no stage "bet"/, [
    "beta",
    "dev",
  ]);
});
