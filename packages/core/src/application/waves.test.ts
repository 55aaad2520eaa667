import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildFeeds } from "../feed/build.ts";
import { decideUpdate } from "../feed/decide-update.ts";
import type { Feed } from "../feed/feed.ts";
import { restrict } from "../feed/restrict.ts";
import { emptyHead } from "../log/chain.ts";
import { outsideTargets } from "../targets/outside.ts";
import { histories } from "../testing/histories.ts";
import { pipelineOf, type StageInput } from "../testing/pipelines.ts";
import { given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import { start, type World, World as WorldOf } from "../testing/world.ts";
import { statusOf } from "../views/status.ts";
import { explain } from "../views/why.ts";

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
