import { describe, expect, test } from "vitest";
import { pipelineOf } from "../testing/pipelines.ts";
import { given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import { statusOf } from "../views/status.ts";

const compared = (test: boolean | { compare: "history" | "control" } = { compare: "history" }) =>
  pipelineOf({ name: "prod", rollout: { steps: [{ to: "10%", hold: "1h" }, { to: "100%" }] }, "stop-test": test });

/** 1.0.0 is live and failed for some of its clients; so has 1.1.0 for some of a hundred. */
function rolling(pipeline: ReturnType<typeof compared>, before: { healthy: number; failed: number }, failed: number) {
  const { world } = given(pipeline, step.publish("1.0.0"), step.passing("2h"), step.publish("1.1.0"), step.caughtUp);
  world.report({ stage: "prod", version: "1.0.0", ...before });
  world.report({ stage: "prod", version: "1.1.0", healthy: 100 - failed, failed });
  world.catchUp();
  const [stage] = statusOf(world.state, world.measurements, world.now).stages;
  return { status: world.state.promotions.get("prod-2")?.status, stage };
}

describe("a stop test that compares with a concurrent control", () => {
  /** 1.1.0 has been rolling out for ten minutes; so many clients took 1.0.0 on since. */
  function beside(control: { clients: number; healthy: number }, failed: number, earlier = { healthy: 0, failed: 0 }) {
    const pipeline = compared({ compare: "control" });
    const { world } = given(pipeline, step.publish("1.0.0"), step.passing("2h"), step.publish("1.1.0"), step.caughtUp);
    const since = world.now;
    world.now += 600_000;
    world.report({ stage: "prod", version: "1.0.0", ...earlier });
    world.reportNewcomers("prod", "1.0.0", { since, ...control });
    world.report({ stage: "prod", version: "1.1.0", healthy: 200 - failed, failed });
    world.catchUp();
    const [stage] = statusOf(world.state, world.measurements, world.now).stages;
    return { status: world.state.promotions.get("prod-2")?.status, stage, world };
  }

  test("lets a release go on that fails as the others do at that time, and says with whom it compares", () => {
    const { status, stage } = beside({ clients: 400, healthy: 380 }, 12);
    expect(status).toBe("active");
    expect(stage?.stopTestNote).toBe(
      "compared with the 400 clients that took 1.0.0 on in the same time: 20 of them failed or have not said",
    );
    // Against a fixed limit it would be stopped.
    expect(beside({ clients: 0, healthy: 0 }, 12).status).toBe("rolled-back");
  });

  test("stops one that fails more often than they do, and keeps the counts as evidence", () => {
    const { status, world } = beside({ clients: 2_000, healthy: 1_998 }, 9);
    expect(status).toBe("rolled-back");
    const stopped = JSON.stringify(world.happened.filter(({ type }) => type === "PromotionRolledBack"));
    expect(stopped).toContain("9 of 200 clients failed: more often than the control");
  });

  test("compares with history while the control is small, and with nothing but the limit without one", () => {
    const usual = { healthy: 990, failed: 10 };
    const { status, stage } = beside({ clients: 10, healthy: 10 }, 9, usual);
    expect(status).toBe("active");
    expect(stage?.stopTestNote).toBe(
      "2.9% may fail, compared with 1.0.0: 10 of 1000 clients failed on it; 10 of 300 clients took 1.0.0 on in the same time",
    );
  });

  test("does not take for its control who was counted since another rollout", () => {
    const { world } = beside({ clients: 400, healthy: 400 }, 0);
    world.reportNewcomers("prod", "1.0.0", { since: world.now, clients: 400, healthy: 0 });
    const [stage] = statusOf(world.state, world.measurements, world.now).stages;
    expect(stage?.stopTestNote).toMatch(/; 0 of 300 clients took 1.0.0 on in the same time$/);
  });
});

describe("a stop test that compares with history", () => {
  test("lets a release go on of which it is not proved that it fails more often than what is live, and says so", () => {
    const usual = { healthy: 990, failed: 10 };
    const { status, stage } = rolling(compared(), usual, 8);
    expect(status).toBe("active");
    expect(stage).toMatchObject({
      stopTest: true,
      stopTestNote: "2.8% may fail, compared with 1.0.0: 10 of 1000 clients failed on it",
    });
    expect(rolling(compared(true), usual, 8).status).toBe("rolled-back");
  });

  test("stops one that fails more often than what is live, also where the fixed limit would not", () => {
    const rare = { healthy: 4_000, failed: 0 };
    expect(rolling(compared(), rare, 6).status).toBe("rolled-back");
    expect(rolling(compared(true), rare, 6).status).toBe("active");
  });

  test("holds it to the fixed limit while too few have said how the live release went", () => {
    const { status } = rolling(compared(), { healthy: 297, failed: 2 }, 8);
    expect(status).toBe("rolled-back");
    const { world } = given(compared(), step.publish("1.0.0"), step.caughtUp);
    expect(statusOf(world.state, [], world.now).stages[0]?.stopTestNote).toBe(
      "1% may fail: there is no earlier release to compare with",
    );
  });

  test("is only for rollouts that have no limits of their own", () => {
    const stage = { name: "prod", rollout: { evidence: {} }, "stop-test": { compare: "history" as const } };
    expect(() => pipelineOf(stage)).toThrow(/compares only beside steps and linear/);
  });
});
