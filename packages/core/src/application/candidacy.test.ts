import { describe, expect, test } from "vitest";
import { pipelineOf } from "../testing/pipelines.ts";
import { fact, given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import { start, type World } from "../testing/world.ts";
import { stageOf } from "./state.ts";

/** The versions that started in a stage, in order, with the seconds since the beginning. */
function startsIn(world: World, stage: string): string[] {
  return world.happened.flatMap((event) =>
    event.type === "PromotionStarted" && event.data.stage === stage
      ? [`${event.data.version} at ${(event.at - start) / 1_000} s`]
      : [],
  );
}

const soaking = pipelineOf("dev", { name: "beta", gates: [{ soak: "1h" }] });
const tenMinutes = { steps: [{ to: "10%", hold: "10m" }, { to: "100%" }] };

describe("soak", () => {
  test("opens to the millisecond", () => {
    const { world } = given(soaking, step.publish("1.0.0"), step.caughtUp);
    world.now = start + 3_600_000 - 1;
    expect(world.advance()).toEqual([]);
    world.now += 1;
    expect(world.advance()).toMatchObject([
      fact("PromotionStarted", { id: "beta-1" }),
      fact("ExposureRaised", { to: 10_000 }),
    ]);
  });

  test("counts from when the release was fully rolled out in the stage before", () => {
    const pipeline = pipelineOf({ name: "dev", rollout: tenMinutes }, { name: "beta", gates: [{ soak: "1h" }] });
    expect(startsIn(given(pipeline, step.publish("1.0.0"), step.passing("3h")).world, "beta")).toEqual([
      "1.0.0 at 4200 s",
    ]);
  });

  test("counts from the publication in the first stage", () => {
    const pipeline = pipelineOf({ name: "dev", gates: [{ soak: "20m" }] });
    expect(startsIn(given(pipeline, step.publish("1.0.0"), step.passing("3h")).world, "dev")).toEqual([
      "1.0.0 at 1200 s",
    ]);
  });

  test("goes on while newer releases take over: one every 2 s still gets through a soak of 5 s", () => {
    const pipeline = pipelineOf(
      "dev",
      { name: "beta", gates: [{ soak: "5s" }] },
      { name: "stable", gates: [{ soak: "5s" }] },
    );
    const { world } = given(pipeline);
    for (let minor = 0; minor < 10; minor++) {
      world.must(step.publish(`1.${minor}.0`));
      world.pass(2_000);
    }
    expect(startsIn(world, "beta")).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7].map((minor) => `1.${minor}.0 at ${minor * 2 + 5} s`),
    );
    expect(startsIn(world, "stable")).toEqual([0, 1, 2, 3, 4, 5].map((minor) => `1.${minor}.0 at ${minor * 2 + 10} s`));
  });
});

describe("several candidates", () => {
  const past = [step.publish("1.0.0"), step.caughtUp, step.publish("1.1.0"), step.caughtUp];

  test("the newest eligible goes first, and ends the wait of the older when it is live", () => {
    const { world } = given(soaking, ...past, step.later("1h"), step.caughtUp);
    expect(startsIn(world, "beta")).toEqual(["1.1.0 at 3600 s"]);
    expect(world.state.promotions.get("beta-1")).toMatchObject({
      status: "superseded",
      ended: { reason: "superseded by beta-2" },
    });
  });

  test("one that is not eligible does not hold up an older one", () => {
    const { world } = given(
      soaking,
      step.publish("1.0.0"),
      step.caughtUp,
      step.passing("30m"),
      step.publish("1.1.0"),
      step.passing("40m"),
    );
    expect(startsIn(world, "beta")).toEqual(["1.0.0 at 3600 s"]);
  });

  test("an older one keeps its candidacy when the newer one fails while it rolls out", () => {
    const pipeline = pipelineOf("dev", { name: "beta", gates: [{ soak: "1h" }], rollout: tenMinutes });
    given(pipeline, ...past, step.later("1h"), step.caughtUp)
      .when(step.rollBack("beta"))
      .thenFacts(
        fact("PromotionRolledBack", { id: "beta-2", version: "1.1.0" }),
        fact("PromotionStarted", { id: "beta-1", version: "1.0.0" }),
        fact("ExposureRaised", { id: "beta-1" }),
      );
  });

  test("an older one is asked for again when the newer one fails after it was live", () => {
    given(soaking, ...past, step.later("1h"), step.caughtUp)
      .when(step.advance(step.counts("beta", "1.1.0", 0, 50)))
      .thenFacts(
        fact("IssueOpened", { version: "1.1.0", stage: "beta" }),
        fact("PromotionRolledBack", { id: "beta-2", to: null, cause: "analysis" }),
        fact("PromotionRequested", { id: "beta-3", version: "1.0.0", manual: false }),
        fact("PromotionStarted", { id: "beta-3", version: "1.0.0" }),
        fact("ExposureRaised", { id: "beta-3" }),
      );
  });

  test("what was rolled back in a stage, or is live there, is not asked for again when it comes round once more", () => {
    const again = [step.rollBack("dev"), step.promote("1.0.0", "dev", "again"), step.feedsPublished];
    const past = [step.publish("0.9.0"), step.passing("2h"), step.publish("1.0.0"), step.passing("2h")];
    const completed = fact("PromotionCompleted", { stage: "dev", version: "1.0.0" });
    given(soaking, ...past, step.rollBack("beta"), ...again)
      .when(step.advance())
      .thenFacts(completed);
    given(soaking, ...past, ...again)
      .when(step.advance())
      .thenFacts(completed);
  });

  test("a person who goes back by hand gets what they asked for, and nothing else", () => {
    const steps = [step.publish("0.9.0"), step.passing("2h"), ...past, step.later("1h"), step.caughtUp];
    given(soaking, ...steps)
      .when(step.rollBack("beta", "0.9.0"))
      .thenFacts(fact("PromotionRolledBack", { version: "1.1.0", to: "0.9.0" }));
  });
});

describe("when-newer", () => {
  test("wait: a newer release waits for the promotion in progress", () => {
    const pipeline = pipelineOf({ name: "dev", rollout: tenMinutes });
    const { world } = given(pipeline, step.publish("1.0.0"), step.caughtUp, step.publish("1.1.0"), step.passing("9m"));
    expect(startsIn(world, "dev")).toEqual(["1.0.0 at 0 s"]);
    world.pass(60_000);
    expect(startsIn(world, "dev")).toEqual(["1.0.0 at 0 s", "1.1.0 at 600 s"]);
  });

  const superseding = pipelineOf({ name: "dev", "when-newer": "supersede", rollout: tenMinutes });

  test("supersede: a newer release takes the place of the promotion in progress", () => {
    const { world, when } = given(superseding, step.publish("1.0.0"), step.caughtUp);
    when(step.publish("1.1.0")).thenFacts(
      fact("ReleasePublished"),
      fact("PromotionRequested", { id: "dev-2" }),
      fact("PromotionSuperseded", { id: "dev-1", version: "1.0.0", by: "dev-2" }),
      fact("PromotionStarted", { id: "dev-2" }),
      fact("ExposureRaised", { id: "dev-2", to: 1_000 }),
    );
    expect(stageOf(world.state, "dev").active).toBe("dev-2");
    expect(stageOf(world.state, "dev").away.has("1.0.0")).toBe(false);
  });

  test("supersede: an older release does not", () => {
    given(superseding, step.publish("1.1.0"), step.caughtUp)
      .when(step.publish("1.0.0"))
      .thenFacts(fact("ReleasePublished"), fact("PromotionRequested", { id: "dev-2" }));
  });

  test("supersede: what was superseded while it rolled out is taken up again when the newer one fails", () => {
    given(superseding, step.publish("1.0.0"), step.caughtUp, step.publish("1.1.0"), step.caughtUp)
      .when(step.withdraw("1.1.0"))
      .thenFacts(
        fact("ReleaseWithdrawn"),
        fact("PromotionRolledBack", { id: "dev-2" }),
        fact("PromotionRequested", { id: "dev-3", version: "1.0.0" }),
        fact("PromotionStarted", { id: "dev-3" }),
        fact("ExposureRaised", { id: "dev-3" }),
      );
  });
});
