import { describe, expect, test } from "vitest";
import { gateContext } from "../application/context.ts";
import { stageOf } from "../application/state.ts";
import { parsePipeline } from "../pipeline/parse.ts";
import { pipelineOf } from "../testing/pipelines.ts";
import { given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import type { World } from "../testing/world.ts";
import { evaluateGates } from "./registry.ts";

const hour = 3_600_000;

function gateOf(world: World, gate: string, stage: string, measured = true) {
  const context = gateContext(world.state, stage, "1.0.0", world.now, measured ? world.measurements : undefined);
  if (context === undefined) throw new Error(`there is no ${stage}`);
  return evaluateGates(context).find((result) => result.gate === gate);
}
const live = (world: World, stage: string) => stageOf(world.state, stage).live?.version;

describe("min-clients", () => {
  const pipeline = pipelineOf("dev", { name: "beta", gates: [{ "min-clients": 3 }] });

  test.each([
    [0, "wait"],
    [2, "wait"],
    [3, "pass"],
  ])("%i healthy clients: %s", (healthy, verdict) => {
    const { world } = given(pipeline, step.publish("1.0.0"), step.caughtUp);
    world.report({ stage: "dev", version: "1.0.0", healthy, failed: 1 });
    expect(gateOf(world, "min-clients", "beta")).toMatchObject({
      verdict,
      reason: `${healthy} of at least 3 clients of dev confirmed healthy`,
      evidence: { least: 3, stage: "dev", healthy, failed: 1 },
    });
  });

  test("what was not counted is not enough", () => {
    const { world } = given(pipeline, step.publish("1.0.0"), step.caughtUp);
    world.report({ stage: "dev", version: "1.0.0", healthy: 9 });
    expect(gateOf(world, "min-clients", "beta", false)).toMatchObject({ verdict: "wait" });
  });

  test("clients of other stages and versions do not count", () => {
    const { world } = given(pipeline, step.publish("1.0.0"), step.caughtUp);
    world.report({ stage: "beta", version: "1.0.0", healthy: 9 });
    world.report({ stage: "dev", version: "0.9.0", healthy: 9 });
    expect(gateOf(world, "min-clients", "beta")).toMatchObject({ verdict: "wait", evidence: { healthy: 0 } });
  });

  test("with a soak: whichever is later lets it in", () => {
    const both = pipelineOf("dev", { name: "beta", gates: [{ "min-clients": 1 }, { soak: "2h" }] });
    const clientsFirst = given(
      both,
      step.publish("1.0.0"),
      step.reported({ stage: "dev", version: "1.0.0", healthy: 1 }),
    ).world;
    clientsFirst.pass(2 * hour - 1);
    expect(live(clientsFirst, "beta")).toBeUndefined();
    clientsFirst.pass(1);
    expect(live(clientsFirst, "beta")).toBe("1.0.0");
    const soakFirst = given(both, step.publish("1.0.0"), step.passing("5h")).world;
    expect(live(soakFirst, "beta")).toBeUndefined();
    soakFirst.report({ stage: "dev", version: "1.0.0", healthy: 1 });
    soakFirst.catchUp();
    expect(live(soakFirst, "beta")).toBe("1.0.0");
  });

  test("in the first stage it fails, because nobody could report", () => {
    const { world } = given(pipelineOf({ name: "dev", gates: [{ "min-clients": 1 }] }), step.publish("1.0.0"));
    expect(gateOf(world, "min-clients", "dev")).toMatchObject({ verdict: "fail", who: "whoever changes the pipeline" });
  });
});

describe("tested-in", () => {
  const pipeline = pipelineOf("dev", { name: "qa", gates: [{ soak: "1h" }] }, "staging", {
    name: "production",
    gates: [{ "tested-in": { stages: ["qa", "staging"], for: "48h" } }],
  });

  test("waits until each named stage has had it for that long, and says until when", () => {
    const { world } = given(pipeline, step.publish("1.0.0"), step.passing("30m"));
    expect(gateOf(world, "tested-in", "production")).toMatchObject({
      verdict: "wait",
      reason: "is not fully rolled out in qa and staging yet",
    });
    world.pass(hour);
    expect(gateOf(world, "tested-in", "production")).toMatchObject({
      verdict: "wait",
      reason: "has not been tested for 2d in qa and staging yet",
      until: world.now - hour / 2 + 48 * hour,
      evidence: { stages: [{ stage: "qa" }, { stage: "staging", since: "2024-03-15T11:00:00.000Z" }] },
    });
    world.pass(48 * hour);
    expect(live(world, "production")).toBe("1.0.0");
  });

  test("a rollback in one of them ends it", () => {
    const { world } = given(
      pipeline,
      step.publish("0.9.0"),
      step.passing("2h"),
      step.publish("1.0.0"),
      step.passing("20h"),
    );
    world.must(step.rollBack("qa"));
    expect(gateOf(world, "tested-in", "production")).toMatchObject({
      verdict: "wait",
      reason: "is not fully rolled out in qa yet",
    });
  });

  test("a newer release in the test stage does not end it", () => {
    const { world } = given(
      pipeline,
      step.publish("1.0.0"),
      step.passing("20h"),
      step.publish("1.1.0"),
      step.passing("29h"),
    );
    expect(live(world, "production")).toBe("1.0.0");
  });

  test.each([["production"], ["live"], ["qs"]])(
    "a file that names %s, which is not a stage before, is refused with its place",
    (name) => {
      const text = `apiVersion: sluice/v1
app: myapp
stages:
  - name: qa
  - name: live
    gates:
      - tested-in: { stages: [qa, ${name}] }
  - name: production
`;
      expect(parsePipeline(text)).toEqual({
        problems: [
          {
            line: 7,
            column: 35,
            path: "stages[1].gates[0].tested-in.stages[1]",
            message: `must be a stage that comes before live: qa`,
          },
        ],
      });
    },
  );
});
