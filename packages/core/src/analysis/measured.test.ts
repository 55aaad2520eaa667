import { describe, expect, test } from "vitest";
import { pipelineOf, type StageInput } from "../testing/pipelines.ts";
import { fact, given } from "../testing/scenario.ts";
import { apply, caughtUp, passing, promote, publish, resume } from "../testing/steps.ts";
import { start, type World } from "../testing/world.ts";
import type { FindingVerdict } from "./finding.ts";
import { measuredAnalyses } from "./measured.ts";

const minute = 60_000;
const url = "http://app/health";

/** A stage in two steps whose rollout is measured; `http` says how. */
const stage = (http: object = {}, more: object = {}): Exclude<StageInput, string> => ({
  name: "dev",
  "stop-test": false,
  rollout: { steps: [{ to: "10%", hold: "10m" }, { to: "100%" }] },
  analysis: [{ http: { url, ...http } }],
  ...more,
});

/** Measurements come out as listed by minute since the start, the last for good. */
const coming =
  (...verdicts: FindingVerdict[]) =>
  (world: World) => {
    world.monitor = () => {
      const verdict = verdicts[Math.floor((world.now - start) / minute)] ?? verdicts.at(-1) ?? "pass";
      return { verdict, reason: `came out ${verdict}`, evidence: { value: verdict } };
    };
  };

const of = (world: World, ...types: string[]) =>
  world.happened
    .filter(({ type }) => types.includes(type))
    .map(({ type, at }) => [type, Math.round((at - start) / minute)]);

const rollout = (http: object, more: object, ...verdicts: FindingVerdict[]) => {
  const { world } = given(pipelineOf(stage(http, more)), coming(...verdicts), publish("1.0.0"));
  return world;
};

/** How a rollout went over two hours: what happened to the exposure, and when, in minutes. */
const course = (http: object, more: object, ...verdicts: FindingVerdict[]) => {
  const world = rollout(http, more, ...verdicts);
  world.pass(120 * minute);
  return of(world, "ExposureRaised", "PromotionCompleted", "PromotionRolledBack", "PromotionPaused");
};

describe("only a pass raises the exposure", () => {
  test("a good release goes on when its step is over", () => {
    expect(course({}, {}, "pass")).toEqual([
      ["ExposureRaised", 0],
      ["ExposureRaised", 10],
      ["PromotionCompleted", 10],
    ]);
  });

  test("no data holds it, for as long as there is none", () => {
    const twenty = Array.from({ length: 20 }, () => "inconclusive" as const);
    expect(course({}, {}, "inconclusive")).toEqual([["ExposureRaised", 0]]);
    expect(course({}, {}, ...twenty, "pass").slice(1, 2)).toEqual([["ExposureRaised", 20]]);
  });

  test("errors hold it and never fail it, however many there are", () => {
    expect(course({ failures: 0, "consecutive-errors": 0 }, {}, "error")).toEqual([["ExposureRaised", 0]]);
  });

  test("a few errors after a pass are borne, one more is not", () => {
    const late = (errors: number) => {
      const world = rollout({ interval: "1m", "consecutive-errors": 2 }, {}, "pass");
      world.pass(8.5 * minute);
      let left = errors;
      world.monitor = () => ({ verdict: left-- > 0 ? "error" : "pass", reason: "came out", evidence: {} });
      world.pass(2 * minute);
      return of(world, "ExposureRaised").length;
    };
    expect([late(2), late(60)]).toEqual([2, 1]);
  });

  test("a pass counts only for the exposure at which it was measured, and as often as is asked for", () => {
    expect(course({ count: 15 }, {}, "pass")).toEqual([
      ["ExposureRaised", 0],
      ["ExposureRaised", 14],
      ["PromotionCompleted", 29],
    ]);
  });

  test("a pass from long ago counts for nothing", () => {
    const world = rollout({ "initial-delay": "5m" }, {}, "pass");
    world.pass(6 * minute);
    world.now += 30 * minute;
    expect(world.publishFeeds().length + world.advance().length).toBe(0);
    world.catchUp();
    expect(of(world, "ExposureRaised").length).toBe(2);
  });

  test("what passed before it was paused has to pass again", () => {
    const world = rollout(
      { "on-inconclusive": "pause", "consecutive-errors": 0 },
      {},
      "pass",
      "error",
      "error",
      "pass",
    );
    world.pass(5 * minute);
    expect(of(world, "PromotionPaused")).toEqual([["PromotionPaused", 1]]);
    world.must(resume("dev-1"));
    expect(world.state.analyses.get("dev-1")).toBeUndefined();
    world.pass(60 * minute);
    expect(of(world, "PromotionCompleted").length).toBe(1);
  });
});

describe("failures", () => {
  test("one is enough, and the release goes back at that evaluation, with what was measured", () => {
    const world = rollout({}, {}, "pass", "pass", "fail");
    world.pass(2 * minute);
    const rolledBack = world.happened.find(({ type }) => type === "PromotionRolledBack");
    expect(rolledBack).toMatchObject({
      at: start + 2 * minute,
      data: {
        cause: "analysis",
        reason: "http: came out fail",
        evidence: {
          analysis: [{ analysis: "http", evidence: { value: "fail", measuredAt: "2024-03-15T10:02:00.000Z" } }],
        },
      },
    });
    expect(world.happened.some(({ type }) => type === "IssueOpened")).toBe(true);
  });

  test("as many as are borne hold it, one more fails it; they need not come in a row", () => {
    expect(course({ failures: 1 }, {}, "fail", "pass")).toContainEqual(["PromotionCompleted", 10]);
    expect(course({ failures: 1 }, {}, "fail", "pass", "pass", "fail")).toContainEqual(["PromotionRolledBack", 3]);
  });

  test("with `for`, only what lasts is a failure; no data in between does not end it, a pass does", () => {
    expect(course({ for: "2m" }, {}, "fail", "fail", "pass", "fail", "pass")).toContainEqual([
      "PromotionCompleted",
      10,
    ]);
    expect(course({ for: "2m" }, {}, "pass", "fail", "inconclusive", "fail")).toContainEqual([
      "PromotionRolledBack",
      3,
    ]);
    expect(course({ for: "2m" }, {}, "fail", "fail", "pass", "fail", "fail", "fail")).toContainEqual([
      "PromotionRolledBack",
      5,
    ]);
  });

  test("a stage that asks a person is paused", () => {
    expect(course({}, { "on-failure": "pause" }, "fail")).toEqual([
      ["ExposureRaised", 0],
      ["PromotionPaused", 0],
    ]);
  });

  test("too many inconclusive measurements ask a person, where that is wanted", () => {
    expect(course({ inconclusive: 3, "on-inconclusive": "pause" }, {}, "inconclusive")).toContainEqual([
      "PromotionPaused",
      3,
    ]);
  });

  test("what passes by now asks nobody, however often it was inconclusive before another pipeline", () => {
    const both = (http: object) =>
      pipelineOf({ ...stage(), analysis: [{ http: { url, ...http } }, { prometheus: { query: "up", min: 1 } }] });
    const { world } = given(both({}), publish("1.0.0"));
    let verdict: FindingVerdict = "inconclusive";
    world.monitor = ({ analysis }) => ({
      verdict: analysis.kind === "http" ? verdict : "inconclusive",
      reason: "as it is",
      evidence: {},
    });
    world.pass(5 * minute);
    verdict = "pass";
    world.pass(5 * minute);
    world.must(apply(both({ inconclusive: 1, "on-inconclusive": "pause" })));
    world.pass(5 * minute);
    expect(of(world, "PromotionPaused")).toEqual([]);
    verdict = "inconclusive";
    world.pass(5 * minute);
    expect(of(world, "PromotionPaused").length).toBe(1);
  });

  test("the worst of several counts", () => {
    const both = pipelineOf({ ...stage(), analysis: [{ http: { url } }, { prometheus: { query: "up", min: 1 } }] });
    const { world } = given(both, publish("1.0.0"));
    world.monitor = ({ analysis }) => ({
      verdict: analysis.kind === "http" ? "pass" : "inconclusive",
      reason: "",
      evidence: {},
    });
    world.pass(60 * minute);
    expect(of(world, "ExposureRaised").length).toBe(1);
  });
});

describe("the log", () => {
  const recorded = (http: object, hold: string, ...verdicts: FindingVerdict[]) => {
    const rollout = { steps: [{ to: "10%", hold }, { to: "100%" }] };
    const { world } = given(pipelineOf(stage(http, { rollout })), coming(...verdicts), publish("1.0.0"), passing(hold));
    return world.happened.filter(({ type }) => type === "MeasurementTaken").length;
  };

  test("keeps what counts, and of what is alike only now and then one", () => {
    expect(recorded({ interval: "1m" }, "4h", "pass")).toBeLessThan(90);
    expect(recorded({ interval: "10s" }, "4h", "inconclusive")).toBeLessThan(90);
    expect(recorded({ interval: "10s" }, "4h", "error")).toBeLessThan(90);
    const flapping = recorded({ interval: "1m", for: "10m" }, "1h", "pass", "fail", "pass", "fail", "pass");
    expect(flapping).toBeGreaterThan(5);
  });

  test("tells of each why it counted", () => {
    const world = rollout(
      { count: 2, failures: 1, interval: "1m" },
      {},
      "pass",
      "fail",
      "error",
      "inconclusive",
      "fail",
    );
    world.pass(5 * minute);
    const counted = world.happened.flatMap((each) => (each.type === "MeasurementTaken" ? [each.data.counted] : []));
    expect(counted.filter((text, i) => text !== counted[i - 1])).toEqual([
      "pass 1 of 2 at this exposure",
      "failure 1 of 1 that are borne",
      expect.stringMatching(/^error 1 of 4/),
      expect.stringMatching(/^error 2 of 4/),
      expect.stringMatching(/^error 3 of 4/),
      expect.stringMatching(/^error 4 of 4/),
      "an error too many: what was measured before no longer counts",
      "nothing: there was nothing to measure",
      "a failure too many: the release fails",
    ]);
  });

  test("takes nothing for a promotion that is over, or an analysis that is gone", () => {
    const { world } = given(pipelineOf(stage()), publish("1.0.0"), caughtUp);
    const finding = { verdict: "fail", reason: "", evidence: {} } as const;
    const command = { type: "TakeMeasurement", at: world.now, finding, alike: 0 } as const;
    expect(world.must({ ...command, promotion: "dev-9", analysis: "http" })).toEqual([]);
    expect(world.must({ ...command, promotion: "dev-1", analysis: "other" })).toEqual([]);
    expect(world.must({ ...command, promotion: "dev-1", analysis: "http" })).not.toEqual([]);
    expect(world.must({ ...command, promotion: "dev-1", analysis: "http" })).toEqual([]);
  });
});

test("names of one kind are told apart", () => {
  const [of] = pipelineOf({
    ...stage(),
    analysis: [{ http: { url } }, { http: { url } }, { http: { url, name: "home" } }, { clients: {} }],
  }).stages;
  expect(of && measuredAnalyses(of).map(({ name }) => name)).toEqual(["http", "http-2", "home"]);
});

describe("verification", () => {
  const verify = ["15m", "1h", "24h"];
  const live = (more: object = {}, ...verdicts: FindingVerdict[]) => {
    const { world } = given(pipelineOf(stage({}, { rollout: undefined, verify, ...more })), coming(...verdicts));
    return world;
  };
  const verified = (world: World) => of(world, "PromotionVerified");

  test("goes on after everybody has the release, and ends with its last window", () => {
    const world = live({}, "pass");
    world.must(publish("1.0.0"));
    world.pass(48 * 60 * minute);
    expect(of(world, "PromotionCompleted")).toEqual([["PromotionCompleted", 0]]);
    expect(verified(world)).toEqual([
      ["PromotionVerified", 15],
      ["PromotionVerified", 60],
      ["PromotionVerified", 1440],
    ]);
    const measured = of(world, "MeasurementTaken").map(([, at]) => Number(at));
    expect(Math.max(...measured)).toBeLessThanOrEqual(1440);
    expect(measured.length).toBeLessThan(150);
  });

  test("a failure in it rolls back, to the last release that was verified", () => {
    const world = live({ "when-newer": "supersede" }, "pass");
    for (const version of ["1.0.0", "1.1.0"]) {
      world.must(publish(version));
      world.pass(25 * 60 * minute);
    }
    for (const version of ["1.2.0", "1.3.0"]) {
      world.must(publish(version));
      world.pass(20 * minute);
    }
    world.monitor = () => ({ verdict: "fail", reason: "broken", evidence: {} });
    world.pass(minute);
    const back = world.happened.find((each) => each.type === "PromotionRolledBack");
    expect(back?.data).toMatchObject({ version: "1.3.0", to: "1.1.0" });
  });

  test("a newer release waits for it, unless the pipeline lets it take over or a person overrides", () => {
    const world = live({}, "pass");
    world.must(publish("1.0.0"));
    world.pass(20 * minute);
    world.must(publish("1.1.0"));
    world.pass(20 * minute);
    expect(world.state.stages.get("dev")?.live?.version).toBe("1.0.0");
    world.pass(24 * 60 * minute);
    expect(world.state.stages.get("dev")?.live?.version).toBe("1.1.0");
    world.must(publish("1.2.0"));
    world.must(promote("1.2.0", "dev", "it mends a hole"));
    world.pass(minute);
    expect(world.state.stages.get("dev")?.live?.version).toBe("1.2.0");
  });

  test("a window that ends without a pass is not passed", () => {
    const world = live({}, ...Array.from({ length: 10 }, () => "pass" as const), "inconclusive");
    world.must(publish("1.0.0"));
    world.pass(48 * 60 * minute);
    expect(verified(world)).toEqual([]);
  });

  test("a failure revokes what it was eligible for", () => {
    const pipeline = pipelineOf(stage({}, { rollout: undefined, verify }), { name: "beta", gates: [{ soak: "6h" }] });
    const { world } = given(pipeline, coming("pass"), publish("1.0.0"), passing("2h"));
    world.monitor = () => ({ verdict: "fail", reason: "broken", evidence: {} });
    world.pass(minute);
    expect(world.happened.slice(-5).map(({ type }) => type)).toContain("PromotionAborted");
    expect(world.state.stages.get("beta")?.waiting.size).toBe(0);
  });

  test("where nothing rolls back by itself, an issue says that it failed, once", () => {
    const world = live({ "on-failure": "pause" }, "pass");
    world.must(publish("1.0.0"));
    world.pass(5 * minute);
    world.monitor = () => ({ verdict: "fail", reason: "broken", evidence: {} });
    world.pass(60 * minute);
    expect(world.happened.filter(({ type }) => type === "IssueOpened").length).toBe(1);
    expect(world.state.stages.get("dev")?.live?.version).toBe("1.0.0");
  });

  test("a release without windows is one to go back to at once", () => {
    const { world } = given(pipelineOf("dev"), publish("1.0.0"), caughtUp, publish("1.1.0"), caughtUp);
    expect(world.must({ type: "RollBack", stage: "dev", reason: "r" })).toMatchObject([
      fact("PromotionRolledBack", { to: "1.0.0" }),
    ]);
  });
});
