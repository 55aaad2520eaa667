import { describe, expect, test } from "vitest";
import { initialState } from "../../application/state.ts";
import { isRejection } from "../../errors/rejection.ts";
import type { Pipeline } from "../../pipeline/schema.ts";
import { pipelineOf } from "../../testing/pipelines.ts";
import { given } from "../../testing/scenario.ts";
import * as step from "../../testing/steps.ts";
import type { World } from "../../testing/world.ts";
import { dryRun } from "./dry-run.ts";

const soaking = (soak: string) => pipelineOf("dev", { name: "beta", gates: [{ soak }] });

function forecast(world: World, pipeline: Pipeline) {
  const before = world.state;
  const made = dryRun(before, { pipeline, source: "" }, [], { now: world.now, actor: "alice" });
  if (isRejection(made)) throw new Error(made.message);
  expect(world.state).toBe(before);
  return made;
}

const stageOf = (made: ReturnType<typeof forecast>, name: string) => made.stages.find(({ stage }) => stage === name);

describe("dry run of a pipeline", () => {
  const { world } = given(soaking("24h"), step.publish("1.0.0"), step.passing("2h"));

  test("tells what the same pipeline does: nothing", () => {
    const same = forecast(world, soaking("24h"));
    expect(same).toMatchObject({ created: false, changed: false });
    expect(same.stages.map(({ change, promotions }) => ({ change, promotions }))).toEqual([
      { change: "same", promotions: [] },
      { change: "same", promotions: [] },
    ]);
  });

  test("a gate that opens starts what waits, and tells how far it goes at once", () => {
    expect(stageOf(forecast(world, soaking("1h")), "beta")).toMatchObject({
      change: "changed",
      settings: ["gates"],
      promotions: [
        {
          version: "1.0.0",
          promotion: "beta-1",
          before: "waiting",
          gates: [{ gate: "soak", before: "wait", after: "pass" }],
          earliest: { before: "2024-03-16T10:00:00.000Z" },
          follows: [{ what: "started" }, { what: "exposed", basisPoints: 10_000 }, { what: "completed" }],
        },
      ],
    });
  });

  test("a longer soak gives a later earliest moment", () => {
    const [promotion] = stageOf(forecast(world, soaking("48h")), "beta")?.promotions ?? [];
    expect(promotion).toMatchObject({
      gates: [{ gate: "soak", before: "wait", after: "wait", until: "2024-03-17T10:00:00.000Z" }],
      earliest: { before: "2024-03-16T10:00:00.000Z", after: "2024-03-17T10:00:00.000Z" },
      follows: [],
    });
  });

  test("a gate more and a gate less are told as such", () => {
    const other = pipelineOf("dev", { name: "beta", gates: [{ "no-issues": {} }] });
    expect(stageOf(forecast(world, other), "beta")?.promotions[0]?.gates).toMatchObject([
      { gate: "no-issues", before: null, after: "pass" },
      { gate: "soak", before: "wait", after: null },
    ]);
  });

  test("a stage that goes aborts what waits for it, and a stage that comes is asked to take what is live", () => {
    const made = forecast(world, pipelineOf("dev", "canary"));
    expect(stageOf(made, "beta")).toMatchObject({
      change: "removed",
      promotions: [
        { promotion: "beta-1", follows: [{ what: "aborted", reason: "the pipeline has no stage beta any more" }] },
      ],
    });
    expect(stageOf(made, "canary")).toMatchObject({
      change: "added",
      promotions: [
        { promotion: "canary-1", before: null, follows: [{ what: "requested" }, { what: "started" }, {}, {}] },
      ],
    });
  });
});

test("a rollout under way is told its next step, and what holds it", () => {
  const rollout = (hold: string) => ({ steps: [{ to: "10%", hold }, { to: "100%" }] });
  const { world } = given(
    pipelineOf({ name: "dev", rollout: rollout("4h") }),
    step.publish("1.0.0"),
    step.passing("1h"),
  );
  const sooner = forecast(world, pipelineOf({ name: "dev", rollout: rollout("30m") }));
  expect(stageOf(sooner, "dev")).toMatchObject({
    settings: ["rollout"],
    promotions: [
      {
        before: "active",
        earliest: { before: "2024-03-15T14:00:00.000Z" },
        follows: [{ what: "exposed", basisPoints: 10_000 }, { what: "completed" }],
      },
    ],
  });
});

test("a new application is made by it", () => {
  const made = dryRun(initialState("myapp"), { pipeline: soaking("1h"), source: "" }, [], { now: 0, actor: "alice" });
  expect(made).toMatchObject({ created: true, changed: true, stages: [{ change: "added" }, { change: "added" }] });
});

test("what would be refused is refused", () => {
  const { world } = given(soaking("1h"));
  const other = { ...soaking("1h"), app: "other" };
  const made = dryRun(world.state, { pipeline: other, source: "" }, [], { now: world.now, actor: "alice" });
  expect(made).toMatchObject({ code: "PIPELINE_INVALID" });
});
