import { describe, expect, test } from "vitest";
import { pipelineOf } from "../testing/pipelines.ts";
import { given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import { start, type World } from "../testing/world.ts";
import { earliestOpening, nextDue } from "./next-due.ts";

const minute = 60_000;
const stepped = { steps: [{ to: "10%", hold: "10m" }, { to: "100%" }] };
const soaking = pipelineOf("dev", { name: "beta", gates: [{ soak: "1h" }], rollout: stepped });

const dueIn = (world: World) => {
  const due = nextDue(world.state, world.measurements, world.now);
  return due === undefined ? undefined : (due - world.now) / minute;
};

describe("the next due moment", () => {
  test("there is none where nothing is on its way", () => {
    expect(dueIn(given(undefined).world)).toBeUndefined();
    expect(dueIn(given(soaking).world)).toBeUndefined();
    expect(dueIn(given(pipelineOf("dev"), step.publish("1.0.0"), step.caughtUp).world)).toBeUndefined();
  });

  test("is the end of a soak", () => {
    expect(dueIn(given(soaking, step.publish("1.0.0"), step.caughtUp, step.later("20m")).world)).toBe(40);
  });

  test("is the end of a hold, once its feed is published", () => {
    const world = given(soaking, step.publish("1.0.0"), step.caughtUp, step.later("1h")).world;
    world.advance();
    expect(dueIn(world)).toBeUndefined();
    world.publishFeeds();
    expect(dueIn(world)).toBe(10);
  });

  test("there is none while a person holds the rollout", () => {
    expect(
      dueIn(given(soaking, step.publish("1.0.0"), step.passing("61m"), step.pause("beta-1")).world),
    ).toBeUndefined();
  });

  test("is the earliest of several", () => {
    const world = given(
      soaking,
      step.publish("1.0.0"),
      step.caughtUp,
      step.later("20m"),
      step.publish("1.1.0"),
      step.caughtUp,
    ).world;
    expect(dueIn(world)).toBe(40);
    expect(nextDue(world.state, world.measurements, start)).toBe(start + 60 * minute);
  });

  test("a closed gate that time does not open has none", () => {
    const gated = pipelineOf("dev", { name: "beta", gates: [{ soak: "1h" }, { "no-issues": {} }] });
    expect(dueIn(given(gated, step.publish("1.0.0"), step.openIssue("1.0.0"), step.caughtUp).world)).toBeUndefined();
  });

  test("who waits for a stage that is taken has none, unless the pipeline lets it take over", () => {
    const past = [
      step.publish("1.0.0"),
      step.passing("50m"),
      step.publish("1.1.0"),
      step.passing("11m"),
      step.pause("beta-1"),
    ];
    expect(dueIn(given(soaking, ...past).world)).toBeUndefined();
    const taking = pipelineOf("dev", {
      name: "beta",
      gates: [{ soak: "1h" }],
      rollout: stepped,
      "when-newer": "supersede",
    });
    expect(dueIn(given(taking, ...past).world)).toBe(49);
  });

  test("an older release does not take over, and is not waited for", () => {
    const taking = pipelineOf({ name: "dev", gates: [{ soak: "1h" }], rollout: stepped, "when-newer": "supersede" });
    const past = [
      step.publish("1.1.0"),
      step.promote("1.1.0", "dev", "now"),
      step.caughtUp,
      step.pause("dev-1"),
      step.publish("1.0.0"),
    ];
    expect(dueIn(given(taking, ...past).world)).toBeUndefined();
  });

  test("a soak that is made longer during the rollout holds it until it is over", () => {
    const world = given(soaking, step.publish("1.0.0"), step.passing("61m")).world;
    world.must(step.apply(pipelineOf("dev", { name: "beta", gates: [{ soak: "3h" }], rollout: stepped })));
    expect(dueIn(world)).toBe(119);
    world.pass(119 * minute);
    expect(world.state.promotions.get("beta-1")?.status).toBe("complete");
  });
});

test("all gates open when the last does; one that time does not open leaves no moment", () => {
  const pass = { gate: "a", verdict: "pass", reason: "", evidence: {} } as const;
  const wait = (until?: number) =>
    ({ gate: "b", verdict: "wait", reason: "", evidence: {}, ...(until === undefined ? {} : { until }) }) as const;
  const fail = { gate: "c", verdict: "fail", reason: "", evidence: {}, who: "nobody" } as const;
  expect(earliestOpening([pass])).toBeUndefined();
  expect(earliestOpening([pass, wait(7), wait(9), wait(8)])).toBe(9);
  expect(earliestOpening([wait(7), wait()])).toBeUndefined();
  expect(earliestOpening([wait(7), fail])).toBeUndefined();
});
