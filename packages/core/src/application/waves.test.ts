import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ClientCounts } from "../analysis/measurement.ts";
import { buildFeeds } from "../feed/build.ts";
import { decideUpdate } from "../feed/decide-update.ts";
import type { Feed } from "../feed/feed.ts";
import { restrict } from "../feed/restrict.ts";
import { emptyHead } from "../log/chain.ts";
import { noCounts } from "../rollout/evidence/counts.ts";
import type { Offers } from "../rollout/evidence/offers.ts";
import { unlimited } from "../rollout/evidence/ration.ts";
import { outsideTargets } from "../targets/outside.ts";
import { histories } from "../testing/histories.ts";
import { pipelineOf, type StageInput } from "../testing/pipelines.ts";
import { fact, given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import { start, type World, World as WorldOf } from "../testing/world.ts";
import { statusOf } from "../views/status.ts";
import { explain } from "../views/why.ts";
import { grantsOf } from "./grants.ts";
import { nextDue } from "./next-due.ts";

type Rollout = Exclude<StageInput, string>["rollout"];

const regions = (barrier: object = {}) => [
  { name: "pilot", match: { tier: "internal" }, barrier: { hold: "1h" } },
  { name: "eu", match: { region: ["eu-west", "eu-north"] }, barrier },
  { name: "rest" },
];

const inWaves = (rollout: Rollout = { steps: [{ to: "50%", hold: "1h" }, { to: "100%" }], waves: regions() }) =>
  pipelineOf({ name: "prod", rollout });

const clients = {
  pilot: { id: "p", attributes: { tier: "internal", region: "eu-west" } },
  eu: { id: "e", attributes: { region: "eu-north" } },
  rest: { id: "r", attributes: { region: "us" } },
  silent: { id: "s", attributes: {} },
};

/** Who of them is offered the release, whatever its share: by the waves alone. */
function reached({ state }: World): string[] {
  const [feed] = buildFeeds(state, emptyHead);
  return Object.entries(clients).flatMap(([name, client]) => {
    const releases = (feed?.releases ?? []).map((release) => ({
      ...release,
      exposure: { ...release.exposure, basisPoints: 10_000 },
    }));
    return feed !== undefined && decideUpdate({ ...feed, releases }, client).kind === "update" ? [name] : [];
  });
}

const rolling = [step.publish("1.0.0"), step.caughtUp];

describe("waves", () => {
  test("get a release one after the other, each by the strategy from its beginning", () => {
    const { world } = given(inWaves(), ...rolling);
    expect(reached(world)).toEqual(["pilot"]);
    world.pass(3_600_000);
    expect(world.state.promotions.get("prod-1")).toMatchObject({ exposure: { basisPoints: 10_000, wave: 1 } });
    expect(reached(world)).toEqual(["pilot"]);
    world.pass(3_600_000);
    expect(world.state.promotions.get("prod-1")).toMatchObject({ exposure: { basisPoints: 5_000, wave: 2 } });
    expect(reached(world)).toEqual(["pilot", "eu"]);
    world.pass(3_600_000);
    expect(reached(world)).toEqual(["pilot", "eu", "rest", "silent"]);
    expect(world.state.promotions.get("prod-1")).toMatchObject({ status: "active" });
    world.pass(3_600_000);
    expect(world.state.promotions.get("prod-1")).toMatchObject({ status: "complete" });
    expect(world.happened.filter(({ type }) => type === "WaveBegun")).toMatchObject([
      { data: { wave: 2, of: 3, name: "eu", to: 5_000 }, at: start + 7_200_000 },
      { data: { wave: 3, of: 3, name: "rest", to: 5_000 }, at: start + 10_800_000 },
    ]);
  });

  test("that have it keep it whole while the next has a share", () => {
    const { world } = given(inWaves(), ...rolling, step.passing("2h"));
    const [feed] = buildFeeds(world.state, emptyHead);
    expect(feed?.releases[0]).toMatchObject({ exposure: { basisPoints: 5_000 }, waves: { begun: 2 } });
    const ids = Array.from({ length: 200 }, (_, i) => `c${i}`);
    const among = (attributes: Record<string, string>) =>
      ids.filter((id) => feed !== undefined && decideUpdate(feed, { id, attributes }).kind === "update").length;
    expect(among(clients.pilot.attributes)).toBe(200);
    expect(among(clients.eu.attributes)).toBeGreaterThan(60);
    expect(among(clients.eu.attributes)).toBeLessThan(140);
    expect(among({})).toBe(0);
  });

  test("wait for so many healthy clients, and say so", () => {
    const waves = regions({ "min-clients": 3 });
    const { world } = given(inWaves({ steps: [{ to: "100%" }], waves }), ...rolling, step.passing("2h"));
    expect(reached(world)).toEqual(["pilot", "eu"]);
    expect(statusOf(world.state, world.measurements, world.now).stages[0]?.active).toMatchObject({
      wave: { number: 2, of: 3, name: "eu" },
      waitsFor: "begins wave rest after: 0 of at least 3 clients confirmed healthy",
    });
    world.report({ stage: "prod", version: "1.0.0", healthy: 3 });
    world.catchUp();
    expect(reached(world)).toEqual(["pilot", "eu", "rest", "silent"]);
  });

  test("wait for people who look at it once the wave has it; what they said before does not count", () => {
    const waves = regions({ approval: { from: ["ops"] } });
    const { world, when } = given(inWaves({ steps: [{ to: "100%" }], waves }), ...rolling, step.passing("30m"));
    when(step.approve("prod-1", ["ops"])).thenRejected("APPROVAL_NOT_ASKED", /no wave of its rollout waits/);
    world.pass(3_600_000);
    expect(reached(world)).toEqual(["pilot", "eu"]);
    const why = explain(world.state, { version: "1.0.0", stage: "prod" }, [], world.now);
    expect(why).toMatchObject({ wave: { number: 2, of: 3, name: "eu" } });
    expect("summary" in why && why.summary).toBe(
      "1.0.0 has reached 100% of wave eu (2 of 3) of prod; begins wave rest after: 0 of 1 approvals (nobody); ops, but not alice: sluice approve 1.0.0 prod.",
    );
    world.must(step.approve("prod-1", ["ops"]), "bob");
    world.catchUp();
    expect(reached(world)).toEqual(["pilot", "eu", "rest", "silent"]);
  });

  test("keep to what they were when the rollout began, whatever the pipeline says later", () => {
    const { world } = given(inWaves(), ...rolling, step.passing("2h"));
    const waves = [{ name: "eu", match: { region: "us" } }, { name: "others" }];
    world.must(step.apply(inWaves({ steps: [{ to: "100%" }], waves })));
    expect(reached(world)).toEqual(["pilot", "eu"]);
  });

  test("are taken back together, and the next rollout begins with the first", () => {
    const { world } = given(inWaves(), ...rolling, step.passing("2h"), step.abort("prod-1"), step.caughtUp);
    expect(reached(world)).toEqual([]);
    const before = buildFeeds(world.state, emptyHead)[0] as Feed;
    world.must(step.publish("1.1.0"));
    world.catchUp();
    const feed = buildFeeds(world.state, emptyHead)[0] as Feed;
    expect(feed.releases).toMatchObject([{ version: "1.1.0", waves: { begun: 1 } }]);
    expect(restrict(before, feed).releases).toEqual([]);
  });

  test("are asked of copies of the feed, one after the other", () => {
    const stage = {
      name: "prod",
      rollout: { steps: [{ to: "100%" }], waves: regions() },
      targets: [{ static: { folder: "cdn" } }],
    };
    const { world } = given(pipelineOf(stage), ...rolling);
    const copied = () => {
      const { demand } = world.state.stages.get("prod") ?? {};
      const [target] = outsideTargets(world.state.pipeline?.pipeline.stages[0]);
      if (demand === undefined || target === undefined) throw new Error("nothing is asked of the copy");
      const { leaving: _, ...asked } = demand;
      const result = { stage: "prod", target: target.name, config: target.config, ...asked, evidence: {} };
      world.must({ type: "RecordTarget", result }, "sluice");
      world.catchUp();
      return demand.trial ?? demand.main;
    };
    expect(copied()).toEqual({ version: "1.0.0", basisPoints: 10_000, wave: 1 });
    world.pass(3_600_000);
    expect(copied()).toEqual({ version: "1.0.0", basisPoints: 10_000, wave: 2 });
    expect(copied()).toEqual("1.0.0");
    expect(world.state.promotions.get("prod-1")).toMatchObject({ status: "complete" });
  });

  test("hold while the rollout is paused, and while a gate is closed", () => {
    const { world } = given(inWaves(), ...rolling, step.passing("90m"), step.pause("prod-1"), step.passing("5h"));
    expect(reached(world)).toEqual(["pilot"]);
    world.must(step.freeze("prod"));
    world.must(step.resume("prod-1"));
    world.pass(18_000_000);
    expect(reached(world)).toEqual(["pilot"]);
    world.must(step.thaw("prod"));
    world.catchUp();
    expect(reached(world)).toEqual(["pilot", "eu"]);
  });
});

describe("a feed that is published late", () => {
  const feedOf = (begun: number, basisPoints: number, salt = "s"): Feed => ({
    app: "myapp",
    channel: "prod",
    releases: [
      {
        version: "1.0.0",
        exposure: { basisPoints, salt },
        waves: { begun, each: [{ name: "a", match: { region: ["eu"] } }, { name: "b" }] },
        manifest: "0".repeat(64),
      },
    ],
    away: [],
    checkSeconds: 60,
    log: { seq: 1, hash: "0".repeat(64) },
  });

  test("takes nothing from an earlier wave when the next begins", () => {
    expect(restrict(feedOf(1, 10_000), feedOf(2, 500)).releases).toEqual(feedOf(1, 10_000).releases);
  });

  test("gives nobody another rollout of the same release by the waves of the one before", () => {
    expect(restrict(feedOf(2, 5_000), feedOf(1, 100, "t")).releases).toMatchObject([
      { exposure: { basisPoints: 0 }, waves: { begun: 1 } },
    ]);
  });
});

describe("waves that are paid for with evidence", () => {
  const evidence = inWaves({
    evidence: { soak: "0s" },
    waves: [{ name: "eu", match: { region: "eu" }, barrier: { hold: "1h" } }, { name: "rest" }],
  });
  const group = (name: string, n: number) => ({
    name,
    installed: n,
    failed: 0,
    inFlight: 0,
    settled: n,
    settledFailed: 0,
  });
  const counted = (eu: number, rest: number, lastAskedAt?: number): ClientCounts => {
    const n = eu + rest;
    const counts = { ...noCounts(3), installed: n, settled: n, due: n, soaked: n };
    const groups = [group("wave eu", eu), group("wave rest", rest)];
    const offeredByGroup = { "wave eu": eu, "wave rest": rest };
    const asked = lastAskedAt === undefined ? {} : { lastAskedAt };
    const offers: Offers = { fleet: 1_000, counts, groups, offered: n, offeredByGroup, ...asked };
    return {
      stage: "prod",
      version: "1.0.0",
      reached: n,
      healthy: n,
      failed: 0,
      rollout: { promotion: "prod-1", offers },
    };
  };
  const begun = [step.publish("1.0.0"), step.feedsPublished, step.advance(counted(0, 0))];

  test("begin with two clients each, and later ones with none", () => {
    const { world } = given(evidence, ...begun);
    expect(grantsOf(world.state, [counted(0, 0)], world.now)).toMatchObject([
      { total: 2, byGroup: { "wave eu": 2, "wave rest": 0 } },
    ]);
    expect(reached(world)).toEqual([]);
  });

  test("are whole once they have proved it, and the next pays for itself", () => {
    const many = counted(4_000, 0);
    const { world, when } = given(evidence, ...begun);
    when(step.advance(many)).thenFacts(fact("ExposureRaised", { to: 10_000 }));
    world.publishFeeds();
    expect(grantsOf(world.state, [many], world.now)).toMatchObject([{ total: 0 }]);
    expect(nextDue(world.state, [many], world.now)).toBe(world.now + 3_600_000);
    world.now += 3_600_000;
    world.must(step.advance(many));
    expect(world.state.promotions.get("prod-1")).toMatchObject({ exposure: { basisPoints: 0, wave: 2 } });
    world.publishFeeds();
    world.must(step.advance(many));
    expect(world.state.promotions.get("prod-1")).toMatchObject({ exposure: { basisPoints: 0, wave: 2 } });
    const [grant] = grantsOf(world.state, [many], world.now);
    expect(grant?.total).toBe(unlimited);
    expect(grant?.byGroup["wave rest"]).toBe(2);
    const why = explain(world.state, { version: "1.0.0", stage: "prod" }, [many], world.now);
    expect("summary" in why && why.summary).toMatch(/wave rest: 0 of 0 failed, 2 more may get it now/);
    const proved = counted(4_000, 4_000);
    world.must(step.advance(proved));
    world.publishFeeds();
    world.must(step.advance(proved));
    expect(world.state.promotions.get("prod-1")).toMatchObject({ status: "complete" });
  });

  test("that fail by themselves are halted alone: who has it before keeps it, and no later wave begins", () => {
    const names = ["eu", "us"];
    const waves = [...names.map((name) => ({ name, match: { region: name } })), { name: "rest" }];
    const { world, when } = given(inWaves({ evidence: { soak: "0s" }, waves }), ...begun);
    const count = (us: number, haltedToo = true): ClientCounts => {
      const all = counted(4_000 + (haltedToo ? us : 0), 0);
      const failed = haltedToo ? us : 0;
      const offers: Offers = {
        fleet: 10_000,
        counts: {
          ...noCounts(3),
          installed: 4_000 + failed,
          failed,
          settled: 4_000 + failed,
          settledFailed: failed,
          due: 4_000 + failed,
        },
        groups: [
          group("wave eu", 4_000),
          ...(haltedToo ? [{ ...group("wave us", us), failed: us, settledFailed: us }] : []),
        ],
        offered: 4_000 + us,
        offeredByGroup: { "wave eu": 4_000, "wave us": us },
        lastAskedAt: world.now,
      };
      return { ...all, rollout: { promotion: "prod-1", offers } };
    };
    world.must(step.advance(count(0)));
    world.publishFeeds();
    world.must(step.advance(count(0)));
    expect(world.state.promotions.get("prod-1")).toMatchObject({ exposure: { wave: 2 } });
    when(step.advance(count(4))).thenFacts(
      fact("GroupHalted", { group: "wave us" }),
      fact("PromotionPaused", { cause: "analysis", reason: expect.stringContaining("wave us failed by itself") }),
    );
    world.publishFeeds();
    world.now += 10 * 86_400_000;
    world.must(step.advance(count(4, false)));
    expect(world.state.promotions.get("prod-1")).toMatchObject({ status: "paused", exposure: { wave: 2 } });
    const feed = buildFeeds(world.state, emptyHead)[0];
    const offered = (region: string) =>
      feed === undefined ? "" : decideUpdate(feed, { id: "x", attributes: { region } }).kind;
    expect(["eu", "us", "elsewhere"].map(offered)).toEqual(["update", "none", "none"]);

    world.must(step.resume("prod-1"));
    world.must(step.advance(count(4, false)));
    world.publishFeeds();
    world.must(step.advance(count(4, false)));
    expect(world.state.promotions.get("prod-1")).toMatchObject({ status: "active", exposure: { wave: 3 } });
  });

  test("that fail only once they are whole are halted while the next one waits, which then does not begin by itself", () => {
    const waves = [
      { name: "eu", match: { region: "eu" } },
      { name: "us", match: { region: "us" }, barrier: { hold: "1h" } },
      { name: "rest" },
    ];
    const { world, when } = given(inWaves({ evidence: { soak: "0s" }, waves }), ...begun);
    const count = (us: number, failed = 0, watched = ["eu", "us"]): ClientCounts => {
      const n = 20_000 + us;
      const known = { installed: n, settled: n, failed, settledFailed: failed, due: n, soaked: n };
      const groups = [group("wave eu", 20_000), { ...group("wave us", us), failed, settledFailed: failed }];
      const offers: Offers = {
        fleet: 100_000,
        counts: { ...noCounts(3), ...known },
        groups: groups.filter(({ name }) => watched.includes(name.slice("wave ".length))),
        offered: n,
        offeredByGroup: { "wave eu": 20_000, "wave us": us },
        lastAskedAt: world.now,
      };
      return { ...counted(n, 0), rollout: { promotion: "prod-1", offers } };
    };
    for (const us of [0, 0, 500, 500]) {
      world.must(step.advance(count(us)));
      world.publishFeeds();
    }
    expect(world.state.promotions.get("prod-1")).toMatchObject({ exposure: { wave: 2, basisPoints: 10_000 } });
    world.now += 600_000;
    when(step.advance(count(500, 60))).thenFacts(
      fact("GroupHalted", { group: "wave us" }),
      fact("PromotionPaused", { cause: "analysis", reason: expect.stringContaining("wave us failed by itself") }),
    );
    world.publishFeeds();
    world.now += 2 * 3_600_000;
    world.must(step.advance(count(500, 0, ["eu"])));
    expect(world.state.promotions.get("prod-1")).toMatchObject({ status: "paused", exposure: { wave: 2 } });
    world.must(step.resume("prod-1"));
    world.must(step.advance(count(500, 0, ["eu"])));
    expect(world.state.promotions.get("prod-1")).toMatchObject({ status: "active", exposure: { wave: 3 } });
  });

  test("that nobody belongs to are passed once everybody would have asked", () => {
    const { world } = given(evidence, ...begun);
    const none = counted(0, 0);
    const quiet = 2 * 21_600_000;
    expect(nextDue(world.state, [none], world.now)).toBe(start + quiet);
    world.now = start + quiet;
    world.must(step.advance(none));
    expect(world.state.promotions.get("prod-1")).toMatchObject({ exposure: { basisPoints: 10_000, wave: 1 } });
  });
});

test("nobody in a later wave is offered a release before the barrier of each wave before it was met", () => {
  const holds = [3_600_000, 7_200_000];
  const waves = [
    { name: "a", match: { region: "a" }, barrier: { hold: "1h" } },
    { name: "b", match: { region: "b" }, barrier: { hold: "2h" } },
    { name: "c" },
  ];
  const pipeline = (to: string) => inWaves({ steps: [{ to, hold: "10m" }, { to: "100%" }], waves });
  let later = 0;
  fc.assert(
    fc.property(fc.constantFrom("1%", "50%", "99%"), histories, (share, moves) => {
      const world = new WorldOf(pipeline(share));
      const wholeAt = new Map<string, number[]>();
      world.onTaken = () => {
        for (const promotion of world.state.promotions.values()) {
          if (promotion.status === "waiting" || promotion.exposure?.wave === undefined) continue;
          const { wave, basisPoints, appliedAt } = promotion.exposure;
          const moments = wholeAt.get(promotion.id) ?? [];
          wholeAt.set(promotion.id, moments);
          if (basisPoints === 10_000 && appliedAt !== undefined) moments[wave - 1] ??= appliedAt;
        }
        const feed = buildFeeds(world.state, emptyHead).find(({ channel }) => channel === "prod");
        for (const release of feed?.releases ?? []) {
          const id = world.state.stages.get("prod")?.active ?? "";
          for (const [n, region] of ["a", "b", "c"].entries()) {
            const client = { id: "x", attributes: { region } };
            const isOffered =
              release.waves !== undefined &&
              feed !== undefined &&
              decideUpdate({ ...feed, releases: [release] }, client).kind === "update";
            if (!isOffered) continue;
            for (let before = 0; before < n; before++) {
              const at = wholeAt.get(id)?.[before];
              expect(at).toBeDefined();
              expect(world.now - (at ?? world.now)).toBeGreaterThanOrEqual(holds[before] ?? 0);
              later++;
            }
          }
        }
      };
      for (const { make } of moves) make(world);
    }),
    { numRuns: 300 },
  );
  expect(later).toBeGreaterThan(10);
});
