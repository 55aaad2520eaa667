import { describe, expect, test } from "vitest";
import { isRejection } from "../errors/rejection.ts";
import type { Pipeline } from "../pipeline/schema.ts";
import { pipelineOf } from "../testing/pipelines.ts";
import { given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import { start, type World } from "../testing/world.ts";
import { Recording } from "./recording.ts";
import { type Replay, replayPipeline } from "./replay.ts";

const hour = 3_600_000;
const rollout = (to: string, hold: string) => ({ steps: [{ to, hold }, { to: "100%" }] });
const soaking = (soak: string, more: object = {}) => pipelineOf("dev", { name: "beta", gates: [{ soak }], ...more });

function recordingOf(world: World, since?: number): Recording {
  const recording = new Recording("myapp", world.now, since);
  recording.add(world.log);
  return recording;
}

function replayed(world: World, pipeline: Pipeline, since?: number): Replay {
  const replay = replayPipeline(recordingOf(world, since), { pipeline, source: "" });
  if (isRejection(replay)) throw new Error(replay.message);
  return replay;
}

const entry = (replay: Replay, stage: string, version: string) =>
  replay.entries.find((one) => one.stage === stage && one.version === version);

describe("what a changed pipeline would have made of the history", () => {
  const { world } = given(
    soaking("24h"),
    step.publish("1.0.0"),
    step.passing("30h"),
    step.publish("1.1.0"),
    step.passing("40h"),
  );

  test("the pipeline that was in force makes the same of it, to the millisecond", () => {
    const same = replayed(world, soaking("24h"));
    expect(same.entries.map(({ outcome, differenceMs }) => [outcome, differenceMs])).toEqual(
      Array(4).fill(["same", 0]),
    );
    expect(same.notReplayed).toEqual([]);
    expect(same.limits).toHaveLength(2);
  });

  test("a shorter soak promotes earlier, and a longer one later", () => {
    expect(entry(replayed(world, soaking("1h")), "beta", "1.0.0")).toEqual({
      stage: "beta",
      version: "1.0.0",
      outcome: "earlier",
      differenceMs: -23 * hour,
      before: { startedAt: "2024-03-16T10:00:00.000Z", completedAt: "2024-03-16T10:00:00.000Z" },
      after: { startedAt: "2024-03-15T11:00:00.000Z", completedAt: "2024-03-15T11:00:00.000Z" },
    });
    expect(entry(replayed(world, soaking("26h")), "beta", "1.1.0")).toMatchObject({
      outcome: "later",
      differenceMs: 2 * hour,
    });
  });

  test("one that is still waiting at the end would not have been promoted, and why is told", () => {
    expect(entry(replayed(world, soaking("60h")), "beta", "1.1.0")).toMatchObject({
      outcome: "never",
      why: expect.stringMatching(/1\.1\.0 waits for beta: soak \(soaks 2d 12h in dev\)/),
    });
  });

  test("a stage that was not there is new", () => {
    const canary = pipelineOf("dev", "canary", { name: "beta", gates: [{ soak: "24h" }] });
    expect(entry(replayed(world, canary), "canary", "1.0.0")).toMatchObject({
      outcome: "new",
      after: { startedAt: "2024-03-15T10:00:00.000Z" },
    });
  });

  test("from a moment on: what was before stays as it was", () => {
    const late = replayed(world, soaking("1h"), start + 30 * hour);
    expect(late.from).toBe("2024-03-16T16:00:00.000Z");
    expect(entry(late, "beta", "1.0.0")).toBeUndefined();
    expect(entry(late, "beta", "1.1.0")).toMatchObject({ outcome: "earlier", differenceMs: -23 * hour });
  });
});

describe("incidents", () => {
  /** 1.1.0 harms: an hour after it came to beta, 8 of 10 clients have failed. */
  const pipeline = soaking("2h", { rollout: rollout("10%", "30m") });
  const { world } = given(
    pipeline,
    step.publish("1.0.0"),
    step.passing("5h"),
    step.publish("1.1.0"),
    step.passing("3h"),
    step.reported({ stage: "beta", version: "1.1.0", healthy: 2, failed: 8 }),
    step.passing("1h"),
  );

  test("were recorded", () => {
    expect(recordingOf(world).incidents).toMatchObject([
      { id: "incident-1", stage: "beta", version: "1.1.0", cause: "analysis" },
    ]);
  });

  test("with the same pipeline are the same", () => {
    expect(replayed(world, pipeline).incidents).toEqual([
      {
        id: "incident-1",
        stage: "beta",
        version: "1.1.0",
        cause: "analysis",
        at: "2024-03-15T18:00:00.000Z",
        outcome: "same",
        reach: { before: 10_000, after: 10_000 },
        exposedMs: { before: hour, after: hour },
        harmed: 8,
      },
    ]);
  });

  test("a slower rollout would have reached fewer", () => {
    const slower = soaking("2h", { rollout: rollout("10%", "4h") });
    expect(replayed(world, slower).incidents).toMatchObject([
      { outcome: "fewer", reach: { before: 10_000, after: 1_000 } },
    ]);
  });

  test("without the stop test it would have been more", () => {
    const blind = soaking("2h", { rollout: rollout("10%", "30m"), "stop-test": false });
    expect(replayed(world, blind).incidents).toMatchObject([{ outcome: "more", exposedMs: { before: hour } }]);
  });

  test("a gate that would still be closed would have stopped it", () => {
    expect(replayed(world, soaking("24h", { rollout: rollout("10%", "30m") })).incidents).toMatchObject([
      { outcome: "never-exposed", reach: { before: 10_000, after: 0 } },
    ]);
  });

  test("one that comes out only because clients would have reported what they did not is told as unknown", () => {
    const wide = soaking("2h");
    const { world: stopped } = given(
      pipeline,
      step.publish("1.0.0"),
      step.passing("5h"),
      step.publish("1.1.0"),
      step.passing("130m"),
      step.rollBack("beta"),
      step.passing("1h"),
    );
    expect(replayed(stopped, wide).limits).toContainEqual(
      expect.stringMatching(/More clients than then would have had 1\.1\.0 in beta/),
    );
  });
});

describe("what people did", () => {
  test("is done again: overrides, approvals, freezes, issues and their end", () => {
    const approved = pipelineOf("dev", { name: "beta", gates: [{ approval: { from: ["bob"] } }, { "no-issues": {} }] });
    const { world } = given(
      approved,
      step.publish("1.0.0"),
      step.passing("1h"),
      step.openIssue("1.0.0"),
      step.by("bob", step.approve("beta-1")),
      step.passing("1h"),
      step.freeze("beta"),
      step.resolveIssue("issue-1"),
      step.passing("1h"),
      step.thaw("beta"),
      step.passing("1h"),
    );
    const same = replayed(world, approved);
    expect(entry(same, "beta", "1.0.0")).toMatchObject({
      outcome: "same",
      differenceMs: 0,
      before: { startedAt: "2024-03-15T13:00:00.000Z" },
    });
    const without = pipelineOf("dev", { name: "beta", gates: [{ "no-issues": {} }] });
    const replay = replayed(world, without);
    expect(entry(replay, "beta", "1.0.0")).toMatchObject({ outcome: "earlier", differenceMs: -3 * hour });
    expect(replay.notReplayed).toMatchObject([{ type: "PromotionApproved", why: expect.any(String) }]);
  });

  test("to a release that would not have been there is named, not done to another", () => {
    const { world } = given(
      soaking("1h"),
      step.publish("1.0.0"),
      step.passing("3h"),
      step.publish("1.1.0"),
      step.passing("3h"),
      step.rollBack("beta"),
    );
    const replay = replayed(world, soaking("24h"));
    expect(replay.notReplayed).toMatchObject([{ type: "PromotionRolledBack", why: "1.1.0 was not in beta" }]);
  });
});

test("a file for another application, and an empty log, are refused", () => {
  const { world } = given(soaking("1h"));
  const other = { pipeline: { ...soaking("1h"), app: "other" }, source: "" };
  expect(replayPipeline(recordingOf(world), other)).toMatchObject({ code: "PIPELINE_INVALID" });
  expect(replayPipeline(new Recording("myapp", 0), { pipeline: soaking("1h"), source: "" })).toMatchObject({
    code: "APP_NOT_FOUND",
  });
});

test("tells how far it has come", () => {
  const { world } = given(soaking("1h"), step.publish("1.0.0"), step.passing("3h"));
  const shares: number[] = [];
  replayPipeline(recordingOf(world), { pipeline: soaking("2h"), source: "" }, (share) => shares.push(share));
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
});
