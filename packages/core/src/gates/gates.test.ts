import { describe, expect, test } from "vitest";
import { gateContext } from "../application/context.ts";
import { pipelineOf } from "../testing/pipelines.ts";
import { given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import { start, type World } from "../testing/world.ts";
import { type GateContext, passes } from "./gate.ts";
import { evaluateGates } from "./registry.ts";
import { rollingGates } from "./rolling.ts";

const pipeline = pipelineOf("dev", {
  name: "beta",
  gates: [{ soak: "1h" }, { "no-issues": { "at-least": "warning" } }],
});

function contextOf(world: World, version: string, stage = "beta", now = world.now): GateContext {
  const context = gateContext(world.state, stage, version, now, world.measurements);
  if (context === undefined) throw new Error(`there is no ${version} or no ${stage}`);
  return context;
}

const gatesOf = (world: World, version: string, stage?: string, now?: number) =>
  evaluateGates(contextOf(world, version, stage, now));

const published = given(pipeline, step.publish("1.0.0"), step.caughtUp).world;
const opening = start + 3_600_000;

test("every stage's own gates come first, then the pipeline's in its order", () => {
  expect(gatesOf(published, "1.0.0").map(({ gate }) => gate)).toEqual([
    "not-withdrawn",
    "previous-stage",
    "newer",
    "not-rolled-back",
    "not-frozen",
    "soak",
    "no-issues",
  ]);
});

test("there is nothing to see of a stage or release that does not exist", () => {
  expect(gateContext(published.state, "stable", "1.0.0", start, [])).toBeUndefined();
  expect(gateContext(published.state, "beta", "2.0.0", start, [])).toBeUndefined();
});

describe("soak", () => {
  test.each([
    [opening - 1, "wait", /soaks 1h in dev$/],
    [opening, "pass", /has soaked 1h in dev/],
    [opening + 1, "pass", /has soaked/],
  ])("at %i", (now, verdict, reason) => {
    const soak = gatesOf(published, "1.0.0", "beta", now).find(({ gate }) => gate === "soak");
    expect(soak).toMatchObject({
      verdict,
      reason: expect.stringMatching(reason),
      evidence: { since: "2024-03-15T10:00:00.000Z", until: "2024-03-15T11:00:00.000Z" },
    });
    if (verdict === "wait") expect(soak).toMatchObject({ until: opening });
  });

  test("has no end while the release is not fully rolled out before", () => {
    const { world } = given(pipeline, step.publish("1.0.0"));
    const soak = gatesOf(world, "1.0.0").find(({ gate }) => gate === "soak");
    expect(soak).toMatchObject({
      verdict: "wait",
      reason: expect.stringMatching(/starts when it is fully rolled out in dev/),
    });
    expect(soak).not.toHaveProperty("until");
  });

  test("starts anew after a rollback", () => {
    const { world } = given(
      pipeline,
      step.publish("0.9.0"),
      step.caughtUp,
      step.publish("1.0.0"),
      step.caughtUp,
      step.later("50m"),
      step.rollBack("dev"),
      step.promote("1.0.0", "dev", "again"),
      step.caughtUp,
    );
    const soak = gatesOf(world, "1.0.0").find(({ gate }) => gate === "soak");
    expect(soak).toMatchObject({ verdict: "wait", until: start + 110 * 60_000 });
  });
});

describe("no-issues", () => {
  const withIssue = (severity: "info" | "warning" | "critical") => {
    const { world } = given(pipeline, step.publish("1.0.0"), step.publish("1.1.0"), step.openIssue("1.0.0", severity));
    return (version: string) => gatesOf(world, version).find(({ gate }) => gate === "no-issues");
  };

  test.each([
    ["info", "pass"],
    ["warning", "fail"],
    ["critical", "fail"],
  ] as const)("at least warning: an open one of severity %s: %s", (severity, verdict) => {
    expect(withIssue(severity)("1.0.0")?.verdict).toBe(verdict);
    expect(withIssue(severity)("1.1.0")?.verdict).toBe("pass");
  });

  test("names the issue and who can mend it", () => {
    expect(withIssue("critical")("1.0.0")).toMatchObject({
      reason: "open issue: issue-1 (critical: It burns)",
      evidence: { open: ["issue-1"] },
      who: expect.stringMatching(/resolve/),
    });
  });

  test("passes again once it is resolved", () => {
    const { world } = given(pipeline, step.publish("1.0.0"), step.openIssue("1.0.0"), step.resolveIssue("issue-1"));
    expect(gatesOf(world, "1.0.0").find(({ gate }) => gate === "no-issues")?.verdict).toBe("pass");
  });
});

describe("admissible", () => {
  const verdictsOf = (world: World, version: string, stage = "beta") =>
    Object.fromEntries(gatesOf(world, version, stage).map(({ gate, verdict }) => [gate, verdict]));

  test("previous-stage: passes in the first, waits until fully rolled out, fails after a rollback", () => {
    const rolling = given(pipeline, step.publish("1.0.0")).world;
    expect(verdictsOf(rolling, "1.0.0", "dev")["previous-stage"]).toBe("pass");
    expect(verdictsOf(rolling, "1.0.0")["previous-stage"]).toBe("wait");
    expect(verdictsOf(published, "1.0.0")["previous-stage"]).toBe("pass");
    const gone = given(pipeline, step.publish("1.0.0"), step.rollBack("dev")).world;
    expect(verdictsOf(gone, "1.0.0")["previous-stage"]).toBe("fail");
    expect(verdictsOf(gone, "1.0.0", "dev")["not-rolled-back"]).toBe("fail");
  });

  test("newer: what is live, or older than that, fails", () => {
    const { world } = given(
      pipeline,
      step.publish("1.1.0"),
      step.caughtUp,
      step.publish("1.0.0"),
      step.publish("1.2.0"),
    );
    expect(["1.0.0", "1.1.0", "1.2.0"].map((version) => verdictsOf(world, version, "dev").newer)).toEqual([
      "fail",
      "fail",
      "pass",
    ]);
  });

  test("not-withdrawn: fails, and says who and why", () => {
    const { world } = given(pipeline, step.publish("1.0.0"), step.withdraw("1.0.0", "leaks"));
    expect(gatesOf(world, "1.0.0")[0]).toMatchObject({
      gate: "not-withdrawn",
      verdict: "fail",
      reason: "withdrawn by alice: leaks",
    });
  });
});

test("a gate that this version does not know opens for nobody", () => {
  const context = contextOf(published, "1.0.0");
  const unknown = evaluateGates({ ...context, stage: { ...context.stage, gates: [{}] } }).at(-1);
  expect(unknown).toMatchObject({ verdict: "fail", reason: expect.stringMatching(/does not know/) });
});

test("only if all pass do they pass", () => {
  expect(passes(gatesOf(published, "1.0.0", "beta", opening))).toBe(true);
  expect(passes(gatesOf(published, "1.0.0", "beta", opening - 1))).toBe(false);
});

test("during a rollout everything is looked at again but what admitted it", () => {
  expect(rollingGates(contextOf(published, "1.0.0")).map(({ gate }) => gate)).toEqual([
    "previous-stage",
    "not-frozen",
    "soak",
    "no-issues",
  ]);
});
