import { describe, expect, test } from "vitest";
import { pipelineOf, type StageInput } from "../testing/pipelines.ts";
import { fact, given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import { start } from "../testing/world.ts";
import { stageOf } from "./state.ts";

const steps = [
  { to: "5%", hold: "10m" },
  { to: "50%", hold: "20m" },
  { to: "100%", hold: "5m" },
];
const only = (more: Omit<Exclude<StageInput, string>, "name"> = {}) =>
  pipelineOf({ name: "dev", rollout: { steps }, ...more });

describe("steps", () => {
  test("each is held from when its feed was published", () => {
    const { world } = given(only(), step.publish("1.0.0"), step.later("3m"), step.passing("1h"));
    const raised = world.happened.flatMap((event) =>
      event.type === "ExposureRaised" || event.type === "PromotionCompleted"
        ? [[event.type, (event.at - start) / 60_000]]
        : [],
    );
    expect(raised).toEqual([
      ["ExposureRaised", 0],
      ["ExposureRaised", 13],
      ["ExposureRaised", 33],
      ["PromotionCompleted", 38],
    ]);
  });

  test("nothing moves until the feed is published", () => {
    given(only(), step.publish("1.0.0"), step.later("24h")).when(step.advance()).thenNothing();
  });

  test("the evidence for a step is kept", () => {
    const { when } = given(only(), step.publish("1.0.0"), step.feedsPublished, step.later("10m"));
    when(step.advance(step.counts("dev", "1.0.0", 7, 0))).thenFacts(
      fact("ExposureRaised", {
        from: 500,
        to: 5_000,
        evidence: {
          analysis: [
            expect.objectContaining({
              analysis: "stop-test",
              verdict: "pass",
              evidence: expect.objectContaining({ clients: 7, failed: 0 }),
            }),
          ],
        },
      }),
    );
  });

  test("completion makes it live, and asks the next stage", () => {
    const pipeline = pipelineOf("dev", { name: "beta", gates: [{ soak: "1h" }] });
    const { world, when } = given(pipeline, step.publish("1.0.0"), step.feedsPublished);
    when(step.advance()).thenFacts(
      fact("PromotionCompleted", { id: "dev-1", version: "1.0.0" }),
      fact("PromotionRequested", { id: "beta-1", stage: "beta", version: "1.0.0", manual: false }),
    );
    expect(stageOf(world.state, "dev")).toMatchObject({ live: { version: "1.0.0", promotion: "dev-1" } });
    expect(stageOf(world.state, "dev").active).toBeUndefined();
  });

  test("a pipeline that changes on the way never lowers the exposure", () => {
    const { world, when } = given(only(), step.publish("1.0.0"), step.passing("15m"));
    world.must(step.apply(pipelineOf({ name: "dev", rollout: { steps: [{ to: "1%", hold: "1d" }, { to: "100%" }] } })));
    expect(world.state.promotions.get("dev-1")).toHaveProperty("exposure.basisPoints", 5_000);
    when(step.advance()).thenNothing();
    world.pass(86_400_000);
    expect(stageOf(world.state, "dev").live?.version).toBe("1.0.0");
  });
});

describe("a ramp", () => {
  const ramp = pipelineOf({ name: "dev", rollout: { linear: { by: "40%", every: "1m" } } });

  test("rises by the same, each time from when its feed was published, and is complete at its end", () => {
    const { world } = given(ramp, step.publish("1.0.0"), step.later("30s"), step.passing("1h"));
    const raised = world.happened.flatMap((event) =>
      event.type === "ExposureRaised" ? [[event.data.to, (event.at - start) / 1_000]] : [],
    );
    expect(raised).toEqual([
      [4_000, 0],
      [8_000, 90],
      [10_000, 150],
    ]);
    expect(stageOf(world.state, "dev").live).toMatchObject({ version: "1.0.0", since: start + 150_000 });
  });

  test("stops where failures prove harm", () => {
    const { when } = given(ramp, step.publish("1.0.0"), step.feedsPublished, step.later("1m"));
    when(step.advance(step.counts("dev", "1.0.0", 1, 5))).thenFacts(
      fact("IssueOpened", { version: "1.0.0" }),
      fact("PromotionRolledBack", { id: "dev-1", cause: "analysis" }),
    );
  });
});

test("a gate that closes again for a time holds the exposure where it is for that time", () => {
  const gated = (soak: string) => pipelineOf("dev", { name: "beta", gates: [{ soak }], rollout: { steps } });
  const past = [step.publish("1.0.0"), step.passing("61m"), step.apply(gated("3h")), step.later("30m")];
  const { world, when } = given(gated("1h"), ...past);
  when(step.advance()).thenNothing();
  world.now = start + 3 * 3_600_000;
  expect(world.must(step.advance())).toMatchObject([fact("ExposureRaised", { from: 500, to: 5_000 })]);
});

describe("without measurements", () => {
  const ready = [step.publish("1.0.0"), step.feedsPublished, step.later("10m")];

  test("exposure does not rise where the stop test runs, whatever is commanded", () => {
    const { world, when } = given(only(), ...ready);
    for (const command of [step.openIssue("1.0.0", "info"), step.publish("0.9.0")]) {
      const decision = world.take(command);
      expect("facts" in decision && decision.facts.map(({ type }) => type)).not.toContain("ExposureRaised");
    }
    when({ type: "RecordPublication", upTo: world.state.seq, feeds: {} }).thenFacts(fact("FeedsPublished"));
  });

  test("exposure rises by time alone where nothing is measured", () => {
    given(only({ "stop-test": false }), ...ready)
      .when(step.openIssue("1.0.0", "info"))
      .thenFacts(fact("IssueOpened"), fact("ExposureRaised", { to: 5_000 }));
  });

  test("zero measurements hold a rollout for good where clients are asked for", () => {
    const asked = only({ analysis: [{ clients: {} }] });
    const { world, when } = given(asked, ...ready, step.passing("30d"));
    when(step.advance()).thenNothing();
    expect(world.state.promotions.get("dev-1")).toMatchObject({ status: "active", exposure: { basisPoints: 500 } });
    when(step.advance(step.counts("dev", "1.0.0", 1))).thenFacts(fact("ExposureRaised", { to: 5_000 }));
  });

  test("what other stages or versions reported counts for nothing", () => {
    given(only({ analysis: [{ clients: {} }] }), ...ready)
      .when(step.advance(step.counts("beta", "1.0.0", 100), step.counts("dev", "0.9.0", 100)))
      .thenNothing();
  });
});

describe("analysis: clients", () => {
  const asked = only({ analysis: [{ clients: { "min-clients": 20, "max-failure-rate": "10%" } }] });
  const ready = [step.publish("1.0.0"), step.feedsPublished, step.later("10m")];

  test.each([
    ["too few are healthy", 19, 0, 500],
    ["enough are healthy", 20, 0, 5_000],
    ["failures are at the limit", 27, 3, 5_000],
    ["failures are over the limit, but prove nothing", 26, 3, 500],
  ])("%s", (_, healthy, failed, basisPoints) => {
    const { world } = given(asked, ...ready);
    world.must(step.advance(step.counts("dev", "1.0.0", healthy, failed)));
    expect(world.state.promotions.get("dev-1")).toMatchObject({ status: "active", exposure: { basisPoints } });
  });
});

describe("a failing analysis", () => {
  const failing = step.counts("dev", "1.1.0", 2, 10);
  const past = [step.publish("1.0.0"), step.passing("1h"), step.publish("1.1.0"), step.caughtUp];

  test("opens an issue and rolls back", () => {
    const { world, when } = given(only(), ...past);
    when(step.advance(failing), "sluice").thenFacts(
      fact("IssueOpened", {
        id: "issue-1",
        version: "1.1.0",
        stage: "dev",
        severity: "critical",
        title: expect.stringMatching(/^1\.1\.0 failed in dev: stop-test: 10 of 12 clients failed/),
      }),
      fact("PromotionRolledBack", {
        id: "dev-2",
        version: "1.1.0",
        to: "1.0.0",
        cause: "analysis",
        evidence: { analysis: [expect.objectContaining({ verdict: "fail" })] },
      }),
    );
    expect(world.must(step.advance(failing))).toEqual([]);
  });

  test("rolls back what is live, too", () => {
    given(only(), ...past, step.passing("1h"))
      .when(step.advance(failing))
      .thenFacts(fact("IssueOpened"), fact("PromotionRolledBack", { id: "dev-2", to: "1.0.0", cause: "analysis" }));
  });

  test("rolls back what a person has paused", () => {
    given(only(), ...past, step.pause("dev-2"))
      .when(step.advance(failing))
      .thenFacts(fact("IssueOpened"), fact("PromotionRolledBack", { id: "dev-2", cause: "analysis" }));
  });

  test("rolls back what was overridden: an override passes over gates, not over harm", () => {
    const steps = [...past, step.rollBack("dev"), step.promote("1.1.0", "dev", "try again"), step.caughtUp];
    given(only(), ...steps)
      .when(step.advance(failing))
      .thenFacts(fact("IssueOpened"), fact("PromotionRolledBack", { id: "dev-3" }));
  });

  test("only pauses where the pipeline says so, and pauses again what a person lets go on", () => {
    const { world, when } = given(only({ "on-failure": "pause" }), ...past);
    const paused = fact("PromotionPaused", {
      id: "dev-2",
      cause: "analysis",
      reason: expect.stringMatching(/stop-test/),
    });
    when(step.advance(failing)).thenFacts(paused);
    when(step.advance(failing)).thenNothing();
    world.must(step.resume("dev-2"));
    when(step.advance(failing)).thenFacts(paused);
  });

  test("leaves what is live where the pipeline says pause, and opens an issue so that somebody knows", () => {
    const { when } = given(only({ "on-failure": "pause" }), ...past, step.passing("1h"));
    when(step.advance(failing)).thenFacts(fact("IssueOpened", { version: "1.1.0", severity: "critical" }));
    when(step.advance(failing)).thenNothing();
  });

  test("counts nothing twice: more failures than clients reached is no crash", () => {
    given(only(), ...past)
      .when(step.advance({ ...failing, reached: 3 }))
      .thenFacts(fact("IssueOpened"), fact("PromotionRolledBack"));
  });
});

describe("issues", () => {
  const past = [step.publish("1.0.0"), step.passing("1h"), step.publish("1.1.0"), step.caughtUp];

  test("as an analysis: one that is severe enough rolls back at once, without another issue", () => {
    const watched = only({ analysis: [{ issues: { "at-least": "warning" } }] });
    given(watched, ...past)
      .when(step.openIssue("1.1.0", "info"))
      .thenFacts(fact("IssueOpened"));
    given(watched, ...past)
      .when(step.openIssue("1.1.0", "warning"))
      .thenFacts(
        fact("IssueOpened"),
        fact("PromotionRolledBack", {
          version: "1.1.0",
          cause: "analysis",
          reason: expect.stringMatching(/^issues: open issue: issue-1/),
        }),
      );
  });

  test("as a gate that closes during the rollout: it is rolled back", () => {
    given(only({ gates: [{ "no-issues": {} }] }), ...past)
      .when(step.openIssue("1.1.0", "warning"))
      .thenFacts(
        fact("IssueOpened"),
        fact("PromotionRolledBack", { version: "1.1.0", cause: "gate", reason: expect.stringMatching(/^no-issues: /) }),
      );
  });

  test("as a gate that closes during the rollout: it is paused where the pipeline says so", () => {
    given(only({ gates: [{ "no-issues": {} }], "on-failure": "pause" }), ...past)
      .when(step.openIssue("1.1.0", "warning"))
      .thenFacts(fact("IssueOpened"), fact("PromotionPaused", { id: "dev-2", cause: "gate" }));
  });

  test("as a gate: an override passes over it", () => {
    given(only({ gates: [{ "no-issues": {} }] }), ...past, step.promote("1.1.0", "dev", "known"))
      .when(step.openIssue("1.1.0", "warning"))
      .thenFacts(fact("IssueOpened"));
  });

  test("as a gate: one that is resolved lets the release in", () => {
    const pipeline = pipelineOf("dev", { name: "beta", gates: [{ "no-issues": { "at-least": "critical" } }] });
    given(pipeline, step.publish("1.0.0"), step.openIssue("1.0.0"), step.passing("1d"))
      .when(step.resolveIssue("issue-1"))
      .thenFacts(fact("IssueResolved"), fact("PromotionStarted", { id: "beta-1" }), fact("ExposureRaised"));
  });
});
