import { describe, expect, test } from "vitest";
import { isRejection } from "../errors/rejection.ts";
import { pipelineOf } from "../testing/pipelines.ts";
import { given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import type { World } from "../testing/world.ts";
import { historyOf } from "./history.ts";
import { statusOf } from "./status.ts";
import { type Explanation, explain } from "./why.ts";

const rollout = { steps: [{ to: "10%", hold: "10m" }, { to: "100%" }] };
const pipeline = pipelineOf("dev", {
  name: "beta",
  gates: [{ soak: "1h" }],
  rollout,
  analysis: [{ clients: { "min-clients": 5 } }],
});

function why(world: World, version: string, stage = "beta"): Explanation {
  const explained = explain(world.state, { version, stage }, [], world.now);
  if (isRejection(explained)) throw new Error(explained.message);
  return explained;
}

const waiting = [step.publish("1.0.0"), step.caughtUp, step.later("20m")];
const rolling = [...waiting, step.passing("40m"), step.reported({ stage: "beta", version: "1.0.0", healthy: 9 })];

describe("why", () => {
  test("waiting: every gate, the earliest moment, and one sentence", () => {
    expect(why(given(pipeline, ...waiting).world, "1.0.0")).toMatchObject({
      standing: "waiting",
      promotion: "beta-1",
      earliest: "2024-03-15T11:00:00.000Z",
      summary: "1.0.0 waits for beta: soak (soaks 1h in dev).",
      gates: [
        { gate: "not-withdrawn" },
        { gate: "previous-stage" },
        { gate: "newer" },
        { gate: "not-rolled-back" },
        { gate: "not-frozen" },
        { gate: "soak", verdict: "wait", until: "2024-03-15T11:00:00.000Z" },
      ],
    });
  });

  test("rolling out: how far, and what comes next", () => {
    const { world } = given(pipeline, ...rolling);
    expect(why(world, "1.0.0")).toMatchObject({
      standing: "rolling-out",
      exposureBasisPoints: 1_000,
      earliest: "2024-03-15T11:10:00.000Z",
      summary:
        "1.0.0 has reached 10% of beta; goes to 100% in 10m, if by then clients: 0 of at least 5 clients confirmed healthy.",
      analysis: [
        { analysis: "stop-test", verdict: "pass" },
        { analysis: "clients", verdict: "inconclusive" },
      ],
    });
  });

  test.each<[string, readonly step.Step[], Explanation["standing"], RegExp]>([
    ["paused", [step.pause("beta-1")], "paused", /paused at 10% of beta: wait/],
    ["live", [step.passing("1h")], "live", /is live in beta/],
    ["withdrawn", [step.withdraw("1.0.0")], "withdrawn", /withdrawn/],
    ["rolled back", [step.rollBack("beta")], "rolled-back", /was rolled back in beta: it harms/],
    [
      "overtaken",
      [
        step.passing("1h"),
        step.publish("1.1.0"),
        step.caughtUp,
        step.reported({ stage: "beta", version: "1.1.0", healthy: 9 }),
        step.passing("3h"),
      ],
      "complete",
      /newer release is live/,
    ],
  ])("%s", (_, more, standing, summary) => {
    expect(why(given(pipeline, ...rolling, ...more).world, "1.0.0")).toMatchObject({
      standing,
      summary: expect.stringMatching(summary),
    });
  });

  test("not in line: nobody asked, and what would stand in the way", () => {
    const { world } = given(pipeline, ...waiting, step.publish("0.9.0"));
    expect(why(world, "0.9.0")).toMatchObject({
      standing: "not-in-line",
      summary: "0.9.0 is not on its way into beta: it is not fully rolled out in dev yet.",
    });
  });

  test("ready, but the stage is taken", () => {
    const past = [...rolling, step.publish("1.1.0"), step.caughtUp, step.pause("beta-1"), step.later("2h")];
    expect(why(given(pipeline, ...past).world, "1.1.0")).toMatchObject({
      standing: "ready",
      summary: expect.stringMatching(/it waits for 1\.0\.0, which is rolling out there/),
    });
  });

  test("what does not exist is refused with what is near", () => {
    const { state, now } = given(pipeline, ...waiting).world;
    expect(explain(state, { version: "1.0.0", stage: "bta" }, [], now)).toMatchObject({
      code: "STAGE_NOT_FOUND",
      nearest: ["beta"],
    });
    expect(explain(state, { version: "1.0.1", stage: "beta" }, [], now)).toMatchObject({
      code: "RELEASE_NOT_FOUND",
      nearest: ["1.0.0"],
    });
  });
});

describe("status", () => {
  test("shows what is live, what is on its way and what it waits for", () => {
    const { world } = given(
      pipeline,
      ...rolling,
      step.publish("1.1.0"),
      step.caughtUp,
      step.openIssue("1.1.0", "info"),
    );
    expect(statusOf(world.state, [step.counts("beta", "1.0.0", 2, 1)], world.now)).toMatchObject({
      app: "myapp",
      at: "2024-03-15T11:00:00.000Z",
      seq: world.state.seq,
      releases: 2,
      openIssues: [{ id: "issue-1", version: "1.1.0", severity: "info", title: "It burns" }],
      stages: [
        { name: "dev", live: { version: "1.1.0", clients: { reached: 0 } }, active: null, waiting: [], rolledBack: [] },
        {
          name: "beta",
          live: null,
          active: {
            promotion: "beta-1",
            version: "1.0.0",
            status: "active",
            basisPoints: 1_000,
            until: "2024-03-15T11:10:00.000Z",
            clients: { reached: 3, healthy: 2, failed: 1 },
          },
          waiting: [
            {
              promotion: "beta-2",
              version: "1.1.0",
              until: "2024-03-15T12:00:00.000Z",
              waitsFor: [{ gate: "soak" }, { gate: "stage", reason: "1.0.0 is rolling out (beta-1)" }],
            },
          ],
        },
      ],
    });
  });

  test("shows what was rolled back, newest first, and nothing of an application without a pipeline", () => {
    const past = ["1.0.0", "1.1.0", "1.2.0"].flatMap((version) => [step.publish(version), step.caughtUp]);
    const { world } = given(pipelineOf("dev"), ...past, step.rollBack("dev", "1.0.0"));
    expect(statusOf(world.state, [], world.now).stages[0]).toMatchObject({
      live: { version: "1.0.0" },
      rolledBack: ["1.2.0", "1.1.0"],
    });
    expect(statusOf(given(undefined).world.state, [], 0)).toMatchObject({
      pipelineDigest: null,
      releases: 0,
      stages: [],
    });
  });
});

describe("history", () => {
  test("has every promotion, newest first, also of one moment", () => {
    const past = Array.from({ length: 12 }, (_, i) => step.publish(`1.${i}.0`));
    const { world } = given(pipelineOf("dev"), ...past);
    expect(historyOf(world.state).map(({ promotion }) => promotion)).toEqual(
      Array.from({ length: 12 }, (_, i) => `dev-${12 - i}`),
    );
  });

  test("says who, when, why and how far", () => {
    const { world } = given(pipeline, ...rolling, step.promote("1.0.0", "beta", "known"), step.rollBack("beta"));
    expect(historyOf(world.state, { stage: "beta", version: "1.0.0" })).toEqual([
      {
        promotion: "beta-1",
        stage: "beta",
        version: "1.0.0",
        status: "rolled-back",
        requestedAt: "2024-03-15T10:00:00.000Z",
        requestedBy: "sluice",
        startedAt: "2024-03-15T11:00:00.000Z",
        endedAt: "2024-03-15T11:00:00.000Z",
        endedBy: "alice",
        cause: "manual",
        reason: "it harms",
        override: "alice: known",
        exposure: 1_000,
      },
    ]);
    expect(historyOf(world.state, { stage: "stable" })).toEqual([]);
    expect(historyOf(world.state, { version: "1.0.0" })).toHaveLength(2);
  });
});

test("the earliest moment is one at which the gates are open together: a window that is open now may be closed by then", () => {
  // Friday, 10:00. The soak ends on Saturday at 10:00, when the window, open until 06:00, is over until Sunday.
  const windowed = pipelineOf("dev", {
    name: "beta",
    gates: [{ soak: "24h" }, { window: { days: ["fri", "sat", "sun"], from: "02:00", to: "06:00", zone: "UTC" } }],
  });
  const { world } = given(windowed, step.publish("1.0.0"), step.caughtUp);
  expect(why(world, "1.0.0")).toMatchObject({ earliest: "2024-03-17T02:00:00.000Z" });
});
