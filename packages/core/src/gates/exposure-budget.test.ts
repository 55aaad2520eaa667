import { describe, expect, test } from "vitest";
import { withFleet } from "../analysis/fleet.ts";
import type { ExposedRelease, FleetCounts } from "../analysis/fleet-counts.ts";
import type { ClientCounts } from "../analysis/measurement.ts";
import { gateContext } from "../application/context.ts";
import { grantsOf } from "../application/grants.ts";
import { nextDue } from "../application/next-due.ts";
import { policyFileSchema } from "../policy/schema.ts";
import { noCounts } from "../rollout/evidence/counts.ts";
import { initialRules } from "../rules/rules.ts";
import { pipelineOf, type StageInput } from "../testing/pipelines.ts";
import * as step from "../testing/steps.ts";
import { start, World } from "../testing/world.ts";
import { evaluateGates } from "./registry.ts";

const day = 86_400_000;
const policy = policyFileSchema.parse({
  apiVersion: "sluice/v1",
  kind: "policy",
  name: "house",
  stages: ["prod"],
  exposureBudget: { atMost: "2%" },
});
const rules = {
  ...initialRules,
  policies: initialRules.policies.set("house", { name: "house", revision: 1, at: start, by: "admin", policy }),
};

const other = (clients: number, since = start): ExposedRelease => ({
  app: "payments",
  stage: "prod",
  version: "7.0.0",
  since,
  clients,
});

/** 10,000 clients in all, 6,000 of them here: 200 may be on young releases. */
function fleet(at: number, exposed: readonly ExposedRelease[] = [], more: Partial<FleetCounts> = {}): FleetCounts {
  const sizes = [
    { app: "myapp", stage: "prod", clients: 6_000 },
    { app: "payments", stage: "prod", clients: 4_000 },
    { app: "payments", stage: "dev", clients: 90_000 },
  ];
  return { at, sizes, exposed, uncounted: [], ...more };
}

const healthy: ClientCounts = { stage: "prod", version: "1.0.0", reached: 60, healthy: 60, failed: 0 };

function worldOf(stage: Omit<Exclude<StageInput, string>, "name">): World {
  const world = new World();
  world.rules = rules;
  world.must(step.apply(pipelineOf({ name: "prod", ...stage })));
  world.must(step.publish("1.0.0"));
  return world;
}

const steps = { rollout: { steps: [{ to: "1%" }, { to: "3%" }, { to: "100%" }] } };

function settle(world: World, exposed: readonly ExposedRelease[] = [], more: Partial<FleetCounts> = {}) {
  for (let i = 0; i < 4; i++) {
    world.publishFeeds();
    world.must({ type: "Advance", measurements: withFleet([healthy], fleet(world.now, exposed, more)) }, "sluice");
  }
  const promotion = world.state.promotions.get("prod-1");
  return promotion !== undefined && "exposure" in promotion ? promotion.exposure?.basisPoints : undefined;
}

function gate(world: World, exposed: readonly ExposedRelease[] = []) {
  const measurements = withFleet([healthy], fleet(world.now, exposed));
  const context = gateContext(world.state, "prod", "1.0.0", world.now, measurements);
  return evaluateGates(context ?? expect.fail()).find((result) => result.gate === "exposure-budget");
}

describe("a budget over all applications", () => {
  test("holds a release at the last step that keeps to it, until the release is a day old", () => {
    const world = worldOf(steps);
    expect(settle(world)).toBe(300);
    expect(gate(world)).toMatchObject({
      policy: "house",
      verdict: "wait",
      reason:
        "6000 clients would be on young releases, and at most 200 (2% of 10000 clients) may; its next step alone is more than the budget: a smaller step would fit",
      until: start + day,
    });
    expect(nextDue(world.state, withFleet([healthy], fleet(world.now)), world.now)).toBe(start + day);
    world.now = start + day - 1;
    expect(settle(world)).toBe(300);
    world.now = start + day;
    expect(settle(world)).toBe(10_000);
  });

  test("counts what other applications have, and says who holds it", () => {
    const world = worldOf(steps);
    expect(settle(world, [other(150)])).toBeUndefined();
    expect(gate(world, [other(150)])?.reason).toBe(
      "210 clients would be on young releases, and at most 200 (2% of 10000 clients) may; held by payments 7.0.0 in prod (150)",
    );
    expect(settle(world, [other(140)])).toBe(100);
    expect(settle(world, [{ ...other(9_000), stage: "dev" }])).toBe(300);
  });

  test("counts no longer what has become old", () => {
    const world = worldOf(steps);
    world.now = start + day - 1;
    expect(settle(world, [other(200)])).toBeUndefined();
    world.now = start + day;
    expect(settle(world, [other(200)])).toBe(300);
  });

  test("lets nothing rise while anybody is uncounted, or what was counted is out of date", () => {
    const world = worldOf(steps);
    expect(settle(world, [], { uncounted: ["payments"] })).toBeUndefined();
    expect(settle(world, [], { at: start - 60_001 })).toBeUndefined();
    world.catchUp();
    expect(world.state.promotions.get("prod-1")).toMatchObject({ status: "waiting" });
    expect(settle(world)).toBe(300);
  });

  test("never raises what would have stayed, and takes nothing away when it is overdrawn", () => {
    const world = worldOf(steps);
    expect(settle(world)).toBe(300);
    expect(settle(world, [other(5_000)])).toBe(300);
    const paused = worldOf({ ...steps, gates: [{ approval: { from: ["bob"] } }] });
    expect(settle(paused)).toBeUndefined();
  });

  test("limits the ration of a rollout that pays with evidence, and its end", () => {
    const world = worldOf({ rollout: { evidence: { soak: "0s" } } });
    const counts = { ...noCounts(3), installed: 60, settled: 60, due: 60, soaked: 60 };
    const offers = { fleet: 6_000, counts, groups: [], offered: 60, offeredByGroup: {} };
    const measured = (exposed: readonly ExposedRelease[]) =>
      withFleet([{ ...healthy, rollout: { promotion: "prod-1", offers } }], fleet(world.now, exposed));
    world.must({ type: "Advance", measurements: measured([]) });
    world.publishFeeds();
    world.must({ type: "Advance", measurements: measured([]) });
    const free = grantsOf(world.state, measured([]), world.now)[0]?.total ?? 0;
    expect(free).toBeGreaterThan(60);
    expect(grantsOf(world.state, measured([other(200 - 61)]), world.now)).toMatchObject([{ total: 61 }]);
    expect(grantsOf(world.state, measured([other(140)]), world.now)).toMatchObject([{ total: 0 }]);
    const many = { ...counts, installed: 4_000, settled: 4_000, due: 4_000, soaked: 4_000 };
    const proved = { ...healthy, rollout: { promotion: "prod-1", offers: { ...offers, counts: many, offered: 150 } } };
    const advance = () => world.must({ type: "Advance", measurements: withFleet([proved], fleet(world.now)) });
    advance();
    expect(world.state.promotions.get("prod-1")).toMatchObject({ exposure: { basisPoints: 0 } });
    world.now += day;
    advance();
    expect(world.state.promotions.get("prod-1")).toMatchObject({ exposure: { basisPoints: 10_000 } });
  });
});
