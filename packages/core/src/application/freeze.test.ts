import { describe, expect, test } from "vitest";
import { pipelineOf } from "../testing/pipelines.ts";
import { fact, given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import { statusOf } from "../views/status.ts";
import { explain } from "../views/why.ts";
import { nextDue } from "./next-due.ts";
import { stageOf } from "./state.ts";

const hour = 3_600_000;
const pipeline = pipelineOf("dev", {
  name: "beta",
  rollout: { steps: [{ to: "10%", hold: "1h" }, { to: "100%" }] },
  "stop-test": false,
});

describe("a freeze", () => {
  test("keeps a release out until the stage is thawed", () => {
    const frozen = given(pipeline, step.freeze("beta"), step.publish("1.0.0"), step.caughtUp);
    expect(stageOf(frozen.world.state, "beta")).toMatchObject({ frozen: { reason: "holidays" } });
    expect(stageOf(frozen.world.state, "beta").active).toBeUndefined();
    frozen
      .when(step.thaw("beta"))
      .thenFacts(fact("StageThawed"), fact("PromotionStarted"), fact("ExposureRaised", { to: 1_000 }));
  });

  test("ends by itself at its moment, to the millisecond, and somebody is there to see it", () => {
    const { world } = given(pipeline);
    const until = world.now + 5 * hour;
    for (const command of [step.freeze("beta", until), step.publish("1.0.0")]) world.must(command);
    step.perform(world, step.caughtUp);
    expect(nextDue(world.state, world.measurements, world.now)).toBe(until);
    world.pass(until - 1 - world.now);
    world.advance();
    expect(stageOf(world.state, "beta").active).toBeUndefined();
    world.pass(1);
    world.advance();
    expect(stageOf(world.state, "beta").active).toBe("beta-1");
  });

  test("holds a rollout under way where it is, takes nothing away, and lets it go on after", () => {
    const rolling = given(pipeline, step.publish("1.0.0"), step.caughtUp, step.freeze("beta"), step.later("2h"));
    rolling.when(step.advance()).thenNothing();
    rolling.when(step.thaw("beta")).thenFacts(fact("StageThawed"), fact("ExposureRaised", { from: 1_000, to: 10_000 }));
  });

  test("holds up also what has an override", () => {
    given(pipeline, step.publish("1.0.0"), step.caughtUp, step.freeze("beta"), step.publish("1.1.0"), step.caughtUp)
      .when({ type: "RequestPromotion", version: "1.1.0", stage: "beta", override: "it mends the fire" })
      .thenFacts(fact("PromotionOverridden"));
    given(pipeline, step.freeze("beta"), step.publish("1.0.0"), step.caughtUp, {
      type: "RequestPromotion",
      version: "1.0.0",
      stage: "beta",
      override: "it mends the fire",
    })
      .when(step.thaw("beta"))
      .thenFacts(fact("StageThawed"), fact("PromotionStarted"), fact("ExposureRaised"));
  });

  test("of the application keeps every stage shut, also one that comes later, and leaves the freezes of stages", () => {
    const { world, when } = given(
      pipeline,
      step.freezeAll(),
      step.freeze("beta"),
      step.publish("1.0.0"),
      step.caughtUp,
    );
    expect(stageOf(world.state, "dev").waiting.toArray()).toEqual(["dev-1"]);
    world.must(step.apply(pipelineOf("new", "dev", "beta")));
    world.must(step.publish("1.1.0"));
    expect(stageOf(world.state, "new").active).toBeUndefined();
    expect(statusOf(world.state, [], world.now)).toMatchObject({
      frozen: { by: "alice", reason: "holidays" },
      stages: [{ frozen: null }, { frozen: null }, { frozen: { reason: "holidays" } }],
    });
    expect(explain(world.state, { version: "1.0.0", stage: "beta" }, [], world.now)).toMatchObject({
      gates: expect.arrayContaining([
        expect.objectContaining({
          gate: "not-frozen",
          reason: "all of myapp frozen by alice: holidays; frozen by alice: holidays",
          who: "an operator: sluice thaw --all and sluice thaw beta",
        }),
      ]),
    });
    when({ type: "ThawApplication" }).thenFacts(
      fact("ApplicationThawed"),
      fact("PromotionStarted", { stage: "new", version: "1.1.0" }),
      fact("ExposureRaised"),
    );
    expect(stageOf(world.state, "beta").frozen).toBeDefined();
    when({ type: "ThawApplication" }).thenNothing();
  });

  test("of the application ends by itself, and the later of two ends counts", () => {
    const { world } = given(pipeline, step.publish("1.0.0"), step.caughtUp);
    const [first, second] = [world.now + hour, world.now + 3 * hour];
    for (const command of [step.freeze("beta", second), step.freezeAll(first)]) world.must(command);
    expect(explain(world.state, { version: "1.0.0", stage: "beta" }, [], world.now)).toMatchObject({
      gates: expect.arrayContaining([
        expect.objectContaining({ gate: "not-frozen", until: new Date(second).toISOString() }),
      ]),
    });
    world.pass(2 * hour);
    expect(statusOf(world.state, [], world.now)).not.toHaveProperty("frozen");
    expect(stageOf(world.state, "beta").active).toBe("beta-1");
    expect(world.state.promotions.get("beta-1")).toMatchObject({ exposure: { basisPoints: 1_000 } });
    world.pass(2 * hour);
    expect(stageOf(world.state, "beta").live?.version).toBe("1.0.0");
  });

  test("of the application needs one, a reason and an end that is to come", () => {
    const { world, when } = given(pipeline);
    when(step.freezeAll(undefined, " ")).thenRejected("REASON_REQUIRED", /--reason/);
    when(step.freezeAll(world.now)).thenRejected("FREEZE_ENDED", /over already/);
    given(undefined)
      .when(step.freezeAll())
      .thenRejected("APP_NOT_FOUND", /nothing to freeze/);
  });

  test("needs a stage, a reason and an end that is to come", () => {
    const { world } = given(pipeline);
    given(pipeline)
      .when(step.freeze("bta"))
      .thenRejected("STAGE_NOT_FOUND", /no stage "bta"/, ["beta"]);
    given(pipeline)
      .when(step.freeze("beta", undefined, " "))
      .thenRejected("REASON_REQUIRED", /--reason/);
    given(pipeline)
      .when(step.freeze("beta", world.now))
      .thenRejected("FREEZE_ENDED", /over already/);
    given(pipeline).when(step.thaw("beta")).thenNothing();
  });
});
