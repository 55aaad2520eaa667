import { describe, expect, test } from "vitest";
import type { ClientCounts } from "../analysis/measurement.ts";
import { buildFeeds } from "../feed/build.ts";
import { decideUpdate } from "../feed/decide-update.ts";
import { emptyHead } from "../log/chain.ts";
import { noCounts, type ReleaseCounts } from "../rollout/evidence/counts.ts";
import type { Offers } from "../rollout/evidence/offers.ts";
import { unlimited } from "../rollout/evidence/ration.ts";
import { pipelineOf, type StageInput } from "../testing/pipelines.ts";
import { fact, given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import { start } from "../testing/world.ts";
import { statusOf } from "../views/status.ts";
import { explain } from "../views/why.ts";
import { grantsOf } from "./grants.ts";
import { nextDue } from "./next-due.ts";
import { stageOf } from "./state.ts";

const deadline = 960_000;
const rules = { soak: "0s", groups: ["region"] };
const only = (evidence: object = rules, more: Omit<Exclude<StageInput, string>, "name"> = {}) =>
  pipelineOf({ name: "dev", rollout: { evidence }, ...more });

/** The counts of a rollout of which so many reported healthy, so many failed and so many are in flight. */
function offers(
  healthy: number,
  failed = 0,
  inFlight = 0,
  more: Partial<ReleaseCounts> = {},
  groups: Offers["groups"] = [],
) {
  const known = healthy + failed;
  const counts = {
    ...noCounts(3),
    installed: known + inFlight,
    failed,
    inFlight,
    settled: known,
    settledFailed: failed,
    due: known,
    soaked: known,
    soakedFailed: failed,
    ...more,
  };
  const offeredByGroup = Object.fromEntries(groups.map(({ name, installed }) => [name, installed]));
  return { fleet: 1_000, counts, groups, offered: counts.installed, offeredByGroup } satisfies Offers;
}

const measured = (of: Offers, promotion = "dev-1"): ClientCounts => ({
  stage: "dev",
  version: "1.0.0",
  reached: of.counts.installed,
  healthy: of.counts.settled,
  failed: of.counts.failed,
  rollout: { promotion, offers: of },
});

const advance = (of: Offers) => step.advance(measured(of));
const rolling = [step.publish("1.0.0"), step.feedsPublished];
const group = (name: string, installed: number, failed: number) => ({
  name,
  installed,
  failed,
  inFlight: 0,
  settled: installed,
  settledFailed: failed,
});

describe("the ration", () => {
  test("begins with two clients, and nobody is exposed by a share", () => {
    const { world, when } = given(only(), ...rolling);
    expect(world.state.promotions.get("dev-1")).toMatchObject({ status: "active", exposure: { basisPoints: 0 } });
    when(advance(offers(0))).thenFacts(fact("RationGranted", { id: "dev-1", most: 2 }));
  });

  test("is not granted without counts", () => {
    given(only(), ...rolling)
      .when(step.advance())
      .thenNothing();
  });

  test("grows with what is known, and the log tells of it when it matters", () => {
    const { world, when } = given(only(), ...rolling, advance(offers(0)));
    when(advance(offers(1))).thenNothing();
    const { facts } = world.take(advance(offers(300))) as { facts: readonly { data: { most?: number } }[] };
    expect(facts[0]?.data.most).toBeGreaterThan(20);
  });

  test("everybody gets it once the limit is proved, and it is complete when the feed says so", () => {
    const { world, when } = given(only(), ...rolling, advance(offers(0)));
    when(advance(offers(5_000, 10))).thenFacts(fact("ExposureRaised", { from: 0, to: 10_000 }));
    world.publishFeeds();
    when(advance(offers(5_000, 10))).thenFacts(fact("PromotionCompleted", { id: "dev-1" }));
  });

  test("failures that prove harm stop it, and it is rolled back", () => {
    given(only(), ...rolling, advance(offers(0)))
      .when(advance(offers(0, 3)))
      .thenFacts(
        fact("IssueOpened", { severity: "critical" }),
        fact("PromotionRolledBack", {
          cause: "analysis",
          reason: expect.stringMatching(/^evidence: 3 of 3 clients failed: more than 1% explains \(E = .* ≥ 222\)$/),
        }),
      );
  });

  test("silence that proves harm stops it", () => {
    given(only(), ...rolling, advance(offers(0)))
      .when(advance(offers(0, 0, 0, { installed: 12, due: 12, missing: 12 })))
      .thenFacts(
        fact("IssueOpened"),
        fact("PromotionRolledBack", { reason: expect.stringMatching(/12 of 12 clients went silent/) }),
      );
  });

  test("crashes after hours take back what is live", () => {
    const ages = [1, 2, 3].map(() => ({ clients: 60, crashes: 12 }));
    const { world, when } = given(only(), ...rolling, advance(offers(5_000)));
    world.publishFeeds();
    world.must(advance(offers(5_000)));
    when(advance(offers(5_000, 0, 0, { ages }))).thenFacts(
      fact("IssueOpened"),
      fact("PromotionRolledBack", { reason: expect.stringMatching(/harmed after their health was confirmed/) }),
    );
  });

  test("the old failures of an attempt do not count against the next", () => {
    const { world, when } = given(only(), ...rolling, advance(offers(0)), advance(offers(0, 3)));
    world.must(step.promote("1.0.0", "dev", "the cause was elsewhere"));
    world.publishFeeds();
    expect(world.state.promotions.get("dev-2")).toMatchObject({ status: "active" });
    when(step.advance(measured(offers(0), "dev-2"))).thenFacts(fact("RationGranted", { id: "dev-2", most: 2 }));
  });
});

describe("what may be offered now", () => {
  const now = start;

  test("so many offers in all as there were, and the room that is left", () => {
    const { world } = given(only(), ...rolling, advance(offers(0)));
    expect(grantsOf(world.state, [measured(offers(1, 0, 1))], now)).toEqual([
      { promotion: "dev-1", total: 3, byGroup: {}, unseenGroup: 2 },
    ]);
  });

  test("never more than the log granted, whatever the counts say since", () => {
    const { world } = given(only(), ...rolling, advance(offers(0)));
    expect(grantsOf(world.state, [measured(offers(300, 0, 1))], now)).toMatchObject([{ total: 302 }]);
  });

  test("a group starts with two, also when the whole has more", () => {
    const many = offers(300, 0, 0, {}, [group("region=eu", 299, 0), group("region=us", 1, 0)]);
    const { world } = given(only(), ...rolling, advance(offers(0)), advance(many));
    const [grant] = grantsOf(world.state, [measured(many)], now);
    expect(grant).toMatchObject({ unseenGroup: 2, byGroup: { "region=us": 3 } });
    expect(grant?.byGroup["region=eu"]).toBeGreaterThan(305);
  });

  test.each([
    ["nothing was counted", [], undefined],
    ["the rollout is paused", [step.pause("dev-1")], offers(0)],
    ["the stage is frozen", [step.freeze("dev")], offers(0)],
    ["nothing was granted yet", undefined, offers(0)],
  ])("nobody new while %s", (_, more, counted) => {
    const granted = more === undefined ? [] : [advance(offers(0)), ...more];
    const { world } = given(only(), ...rolling, ...granted);
    const grants = grantsOf(world.state, counted === undefined ? [] : [measured(counted)], now);
    expect(grants).toEqual([{ promotion: "dev-1", total: 0, byGroup: {}, unseenGroup: 0 }]);
  });

  test("no token is needed once everybody gets it", () => {
    const { world } = given(only(), ...rolling, advance(offers(5_000)));
    expect(grantsOf(world.state, [measured(offers(5_000))], now)).toEqual([]);
  });
});

describe("a group that fails", () => {
  const bad = offers(40, 4, 0, {}, [group("region=eu", 40, 0), group("region=us", 4, 4)]);
  const rest = offers(40, 0, 0, {}, [group("region=eu", 40, 0)]);
  const lenient = { ...rules, "max-failure-rate": "10%", "max-group-failure-rate": "2%" };

  test("is halted alone, then it is quiet for as long as reports may take", () => {
    const { world, when } = given(only(lenient), ...rolling, advance(offers(0)));
    when(advance(bad)).thenFacts(
      fact("GroupHalted", { group: "region=us", evidence: { clients: 4, failed: 4, limit: 0.02 } }),
    );
    world.must(advance(rest));
    expect(grantsOf(world.state, [measured(rest)], world.now)).toMatchObject([{ total: rest.offered }]);
    expect(nextDue(world.state, undefined, world.now)).toBe(start + deadline);
    const later = grantsOf(world.state, [measured(rest)], start + deadline)[0];
    expect(later?.total).toBeGreaterThan(rest.offered);
  });

  test("counts that still have it in them move nothing", () => {
    const { world, when } = given(only(lenient), ...rolling, advance(offers(0)), advance(bad));
    when(advance(bad)).thenNothing();
    expect(grantsOf(world.state, [measured(bad)], world.now + deadline)).toMatchObject([{ total: 0 }]);
  });

  test("gets it no more, also from a feed that is served as a file, and also once it is live", () => {
    const { world } = given(only(lenient), ...rolling, advance(offers(0)), advance(bad));
    world.now += deadline;
    world.must(advance(offers(5_000)));
    world.publishFeeds();
    world.must(advance(offers(5_000)));
    expect(stageOf(world.state, "dev").live?.version).toBe("1.0.0");
    const [feed] = buildFeeds(world.state, emptyHead);
    const ask = (region: string) => feed && decideUpdate(feed, { id: "a", attributes: { region } });
    expect(ask("us")).toMatchObject({ kind: "none", reason: "halted", detail: expect.stringMatching(/region=us/) });
    expect(ask("eu")).toMatchObject({ kind: "update" });
  });
});

describe("time to decide", () => {
  const hurried = { ...rules, "decide-within": "1h" };
  const undecided = offers(50, 0, 1);

  test("over, it is a person's, with the reason", () => {
    const { world, when } = given(only(hurried), ...rolling, advance(offers(0)), advance(undecided));
    expect(nextDue(world.state, undefined, world.now)).toBe(start + 3_600_000);
    world.now += 3_600_000;
    when(advance(undecided)).thenFacts(
      fact("PromotionPaused", { cause: "undecided", reason: expect.stringMatching(/not decided within 1h/) }),
    );
  });

  test("begins anew when the person lets it go on", () => {
    const { world, when } = given(only(hurried), ...rolling, advance(offers(0)), advance(undecided));
    world.now += 3_600_000;
    world.must(advance(undecided));
    world.must(step.resume("dev-1"));
    when(advance(undecided)).thenNothing();
    world.now += 3_599_999;
    when(advance(undecided)).thenNothing();
    world.now += 1;
    when(advance(undecided)).thenFacts(fact("PromotionPaused"));
  });
});

test("an unlimited ration can be written down", () => {
  const slow = only({ groups: [], soak: "8h" });
  const waiting = offers(5_000, 0, 0, { unsoaked: 5_000, soaked: 0 });
  given(slow, ...rolling, advance(offers(0)))
    .when(advance(waiting))
    .thenFacts(fact("RationGranted", { most: null }));
  expect(JSON.parse(JSON.stringify(unlimited))).toBe(unlimited);
});

test("a feed lists it for nobody before anything is proved, so that whoever is let in can verify it", () => {
  const { world } = given(only(), ...rolling);
  const [feed] = buildFeeds(world.state, emptyHead);
  expect(feed?.releases).toMatchObject([{ version: "1.0.0", exposure: { basisPoints: 0 } }]);
});

describe("a fleet that is too small to prove anything", () => {
  const twelve = { ...offers(12), lastAskedAt: start };
  const twoChecks = 43_200_000;
  const past = [...rolling, advance(offers(0)), advance(offers(12))];

  test("has it once nobody had to wait for as long as every client takes to ask", () => {
    const { world, when } = given(only(), ...past);
    expect(nextDue(world.state, [measured(twelve)], world.now)).toBe(start + twoChecks);
    world.now = start + twoChecks - 1;
    when(advance(twelve)).thenNothing();
    world.now += 1;
    when(advance(twelve)).thenFacts(fact("ExposureRaised", { to: 10_000 }));
  });

  test.each([
    ["somebody had to wait", only(), { ...twelve, lastAskedAt: start + 1 }],
    ["somebody is at risk", only(), { ...offers(12, 0, 1), lastAskedAt: start }],
    [
      "it has not soaked",
      only({ soak: "8h" }),
      { ...offers(12, 0, 0, { unsoaked: 12, soaked: 0 }), lastAskedAt: start },
    ],
    ["nobody has asked", only(), offers(12)],
  ])("not while %s", (_, pipeline, counted) => {
    const { world, when } = given(pipeline, ...past);
    world.now = start + twoChecks;
    when(advance(counted)).thenNothing();
  });
});

describe("what people are told", () => {
  const { world } = given(only(), ...rolling, advance(offers(0)));
  const measurements = [measured(offers(30, 0, 2))];

  test("status has the ration, what is at risk, E and U", () => {
    const [stage] = statusOf(world.state, measurements, world.now).stages;
    expect(stage?.active?.ration).toMatchObject({
      offered: 32,
      clients: 32,
      failed: 0,
      most: 2,
      inFlight: 2,
      limit: 0.01,
    });
    expect(stage?.active?.waitsFor).toMatch(/0 of 32 clients failed.*may be at risk at once, and 2 are/);
  });

  test("why has the numbers with what they mean", () => {
    const why = explain(world.state, { version: "1.0.0", stage: "dev" }, measurements, world.now);
    expect(why).toMatchObject({
      summary: expect.stringMatching(/^1\.0\.0 has reached 32 clients of dev; 0 of 32 clients failed/),
      analysis: [
        {
          analysis: "evidence",
          verdict: "pass",
          evidence: { clients: 32, failed: 0, inFlight: 2, threshold: 222.222 },
        },
      ],
    });
  });
});
