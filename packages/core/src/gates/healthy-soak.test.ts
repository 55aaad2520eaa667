import { describe, expect, test } from "vitest";
import { replay } from "../application/evolve.ts";
import { stageOf } from "../application/state.ts";
import { isRejection } from "../errors/rejection.ts";
import { pipelineOf } from "../testing/pipelines.ts";
import { fact, given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import type { World } from "../testing/world.ts";
import { explain } from "../views/why.ts";

const pipeline = pipelineOf(
  { name: "dev", analysis: [{ issues: { "at-least": "critical" } }] },
  { name: "beta", gates: [{ soak: { healthy: "24h", "min-clients": 2 } }] },
);
const published = [step.publish("1.0.0"), step.caughtUp];
const well = step.reported({ stage: "dev", version: "1.0.0", healthy: 2 });

function soakOf(world: World) {
  const explained = explain(world.state, { version: "1.0.0", stage: "beta" }, world.measurements, world.now);
  if (isRejection(explained)) throw new Error(explained.message);
  return { ...explained.gates.find(({ gate }) => gate === "soak"), earliest: explained.earliest };
}
const live = (world: World) => stageOf(world.state, "beta").live?.version;

describe("soak: healthy", () => {
  test("does not begin before enough clients have confirmed", () => {
    const { world } = given(pipeline, ...published, step.passing("48h"));
    expect(soakOf(world)).toMatchObject({
      verdict: "wait",
      reason: "has been 0ms of 1d well in dev, and the clock stands: 0 of at least 2 clients of dev confirmed healthy",
      who: expect.stringMatching(/clients of dev/),
    });
    expect(soakOf(world).earliest).toBeUndefined();
  });

  test("runs from the measurement that proves it, and shows its expected end", () => {
    const { world, when } = given(pipeline, ...published, step.passing("6h"), well);
    when(step.advance(...world.measurements)).thenFacts(
      fact("SoakClockStarted", { id: "beta-1", stage: "beta", version: "1.0.0", reason: "2 clients of dev are well" }),
    );
    expect(soakOf(world).earliest).toBe("2024-03-16T16:00:00.000Z");
    world.pass(24 * 3_600_000 - 1);
    expect(live(world)).toBeUndefined();
    world.pass(1);
    expect(live(world)).toBe("1.0.0");
  });

  test("that ends while nobody looks lets nothing in before the clients' reports are counted", () => {
    const { world, when } = given(pipeline, ...published, well, step.caughtUp, step.later("48h"));
    when(step.openIssue("1.0.0", "info")).thenFacts(fact("IssueOpened"));
    expect(live(world)).toBeUndefined();
    world.catchUp();
    expect(live(world)).toBe("1.0.0");
  });

  test("an analysis that stops passing stops the clock, and what ran before counts", () => {
    const limited = pipelineOf(
      { name: "dev", analysis: [{ clients: { "max-failure-rate": "30%" } }], "stop-test": false },
      { name: "beta", gates: [{ soak: { healthy: "24h", "min-clients": 2 } }] },
    );
    const { world } = given(
      limited,
      step.publish("1.0.0"),
      step.caughtUp,
      well,
      step.passing("10h"),
      step.reported({ stage: "dev", version: "1.0.0", failed: 2 }),
      step.passing("30h"),
    );
    expect(world.happened.at(-1)).toMatchObject({
      type: "SoakClockStopped",
      data: { reason: expect.stringMatching(/2 of 4/) },
    });
    expect(soakOf(world)).toMatchObject({
      verdict: "wait",
      reason: expect.stringMatching(/^has been 10h of 1d well in dev, and the clock stands: clients: 2 of 4/),
      evidence: { ranMs: 36_000_000 },
    });
    world.report({ stage: "dev", version: "1.0.0", healthy: 10 });
    world.pass(14 * 3_600_000 - 1);
    expect(live(world)).toBeUndefined();
    world.pass(1);
    expect(live(world)).toBe("1.0.0");
  });

  test("an override enters without it, and the time that it ran is the same from the log alone", () => {
    const { world } = given(pipeline, ...published, well, step.passing("5h"));
    expect(replay("myapp", world.log).promotions.get("beta-1")).toEqual(world.state.promotions.get("beta-1"));
    world.must(step.promote("1.0.0", "beta", "now"));
    expect(world.state.promotions.get("beta-1")).toMatchObject({ status: "active", soak: { ranMs: 5 * 3_600_000 } });
  });

  test("once let in, a release goes on although its clock stands still", () => {
    const stepped = pipelineOf("dev", {
      name: "beta",
      gates: [{ soak: { healthy: "1h", "min-clients": 2 } }],
      rollout: { steps: [{ to: "10%", hold: "1h" }, { to: "100%" }] },
    });
    const { world } = given(stepped, ...published, well, step.passing("3h"));
    expect(live(world)).toBe("1.0.0");
  });

  test("begins anew after a rollback in the stage before", () => {
    const { world } = given(
      pipeline,
      step.publish("0.9.0"),
      step.caughtUp,
      ...published,
      well,
      step.passing("23h"),
      step.rollBack("dev"),
      step.promote("1.0.0", "dev", "again"),
      step.passing("20h"),
    );
    expect(live(world)).toBeUndefined();
    expect(soakOf(world).evidence).toMatchObject({ ranMs: 20 * 3_600_000 });
  });

  test("without measurements nothing changes", () => {
    const { when } = given(pipeline, ...published, well);
    when(step.openIssue("1.0.0", "info")).thenFacts(fact("IssueOpened"));
  });

  test("with no-issues: an issue holds the release and the clock goes on", () => {
    const both = pipelineOf("dev", {
      name: "beta",
      gates: [{ soak: { healthy: "1h", "min-clients": 1 } }, { "no-issues": {} }],
    });
    const { world } = given(
      both,
      ...published,
      well,
      step.passing("30m"),
      step.openIssue("1.0.0", "warning"),
      step.passing("2h"),
    );
    expect(live(world)).toBeUndefined();
    world.must(step.resolveIssue("issue-1"));
    world.advance();
    world.catchUp();
    expect(live(world)).toBe("1.0.0");
  });

  test("in the first stage it can never pass, and says so", () => {
    const first = pipelineOf({ name: "dev", gates: [{ soak: { healthy: "1h" } }] });
    const { world } = given(first, step.publish("1.0.0"));
    const explained = explain(world.state, { version: "1.0.0", stage: "dev" }, [], world.now);
    expect(explained).toMatchObject({
      gates: expect.arrayContaining([expect.objectContaining({ gate: "soak", verdict: "fail" })]),
    });
  });
});
