import { describe, expect, test } from "vitest";
import type { ClientCounts } from "../analysis/measurement.ts";
import { buildFeeds } from "../feed/build.ts";
import { decideUpdate } from "../feed/decide-update.ts";
import { emptyHead } from "../log/chain.ts";
import { noCounts } from "../rollout/evidence/counts.ts";
import type { Offers } from "../rollout/evidence/offers.ts";
import { unlimited } from "../rollout/evidence/ration.ts";
import { pipelineOf, type StageInput } from "../testing/pipelines.ts";
import { fact, given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import { start } from "../testing/world.ts";
import { explain } from "../views/why.ts";
import { grantsOf } from "./grants.ts";
import { nextDue } from "./next-due.ts";

const inWaves = (rollout: Exclude<StageInput, string>["rollout"]) => pipelineOf({ name: "prod", rollout });

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
    // A feed lists it for nobody: whoever is let in has a grant.
    expect(
      buildFeeds(world.state, emptyHead)[0]?.releases.find(({ version }) => version === "1.0.0")?.exposure
        .basisPoints ?? 0,
    ).toBe(0);
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
