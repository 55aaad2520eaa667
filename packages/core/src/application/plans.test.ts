import { describe, expect, test } from "vitest";
import { sha256Hex } from "../log/digest.ts";
import { toPlan } from "../targets/to-plan.ts";
import { pipelineOf, type StageInput } from "../testing/pipelines.ts";
import { given } from "../testing/scenario.ts";
import { apply, approve, publish, rejectIt } from "../testing/steps.ts";
import type { World } from "../testing/world.ts";
import { explain } from "../views/why.ts";
import type { CommandOf } from "./commands.ts";
import type { PlanDigest } from "./events/promotion.ts";

const stage = (more: Partial<Exclude<StageInput, string>>) => pipelineOf({ name: "dev", ...more });

describe("what is to be planned", () => {
  const planned = { command: { deploy: "./deploy.sh", plan: "./plan.sh" } };
  const approved = stage({ targets: [planned], gates: [{ approval: { from: ["ops"] } }] });
  const plan = (world: World): CommandOf<"RecordPlan"> => {
    const [wanted] = toPlan(world.state);
    if (wanted === undefined) throw new Error("nothing is to be planned");
    const { promotion, target, live } = wanted;
    const { id, version } = promotion;
    const about = { id, stage: "dev", version, target: target.name, config: target.config, live };
    return { type: "RecordPlan", plan: { ...about, changes: true, text: "+ bucket" } };
  };

  test("is the newest release that waits for people, until it was, or something else is configured", () => {
    const { world } = given(approved, publish("1.0.0"), publish("1.1.0"));
    expect(toPlan(world.state).map(({ promotion }) => promotion.version)).toEqual(["1.1.0"]);
    expect(world.must(plan(world))).toMatchObject([{ type: "PromotionPlanned", data: { version: "1.1.0" } }]);
    expect(toPlan(world.state)).toEqual([]);
    const other = { command: { deploy: "./other.sh", plan: "./plan.sh" } };
    world.must(apply(stage({ targets: [other], gates: [{ approval: { from: ["ops"] } }] })));
    expect(toPlan(world.state)).toMatchObject([{ promotion: { version: "1.1.0" }, live: null }]);
  });

  test("comes before any approval, where the target can say it", () => {
    const { world, when } = given(approved, publish("1.0.0"));
    when(approve("dev-1"), "ops").thenRejected(
      "PLAN_NOT_READY",
      /^command of dev did not say yet .*sluice why 1\.0\.0 dev/,
    );
    world.must(plan(world));
    expect(world.must(approve("dev-1"), "ops")[0]).toMatchObject({ type: "PromotionApproved" });
    const silent = given(
      stage({ targets: [{ command: { deploy: "./deploy.sh" } }], gates: [{ approval: { from: ["ops"] } }] }),
      publish("1.0.0"),
    ).world;
    expect(toPlan(silent.state)).toEqual([]);
    expect(silent.must(approve("dev-1"), "ops")[0]).toMatchObject({ type: "PromotionApproved" });
  });

  test("is named by whoever approves it, and stays known when the release is in", () => {
    const { world } = given(approved, publish("1.0.0"));
    world.must(plan(world));
    expect(world.must(approve("dev-1"), "ops")[0]).toMatchObject({
      type: "PromotionApproved",
      data: { plans: [{ target: "command", sha256: sha256Hex("+ bucket") }] },
    });
    expect(explain(world.state, { version: "1.0.0", stage: "dev" }, [], world.now)).toMatchObject({
      standing: "rolling-out",
      plans: [{ target: "command", text: "+ bucket" }],
    });
  });

  test("is what an approver saw, or the approval is refused", () => {
    const { world, when } = given(approved, publish("1.0.0"));
    const seeing = (...plans: PlanDigest[]) => when({ ...approve("dev-1"), plans }, "ops");
    seeing().thenRejected("PLAN_NOT_READY", /did not say yet/);
    world.must(plan(world));
    const saw = { target: "command", sha256: sha256Hex("+ bucket") };
    const outdated =
      /^What you looked at .*: the plan of command is [0-9a-f]{12}\. Look again: sluice why 1\.0\.0 dev$/;
    seeing().thenRejected("APPROVAL_OUTDATED", outdated);
    seeing({ ...saw, sha256: sha256Hex("+ two buckets") }).thenRejected("APPROVAL_OUTDATED", outdated);
    seeing(saw, { target: "oci", sha256: saw.sha256 }).thenRejected("APPROVAL_OUTDATED", /there is no plan of oci/);
    when({ ...rejectIt("dev-1"), plans: [] }, "ops").thenRejected("APPROVAL_OUTDATED", outdated);
    expect(explain(world.state, { version: "1.0.0", stage: "dev" }, [], world.now)).toMatchObject({
      plans: [saw],
      gates: expect.arrayContaining([
        expect.objectContaining({
          who: `ops, but not alice: sluice approve 1.0.0 dev --plan ${saw.sha256.slice(0, 12)}`,
        }),
      ]),
    });
    expect(world.must({ ...approve("dev-1"), plans: [saw] }, "ops")[0]).toMatchObject({
      type: "PromotionApproved",
      data: { plans: [saw] },
    });
  });

  test("is nothing where nobody approves; and what comes after the promotion was let in says nothing", () => {
    const { world } = given(stage({ targets: [planned] }), publish("1.0.0"));
    expect(toPlan(world.state)).toEqual([]);
    const waiting = given(approved, publish("1.0.0")).world;
    const late = plan(waiting);
    waiting.must({ type: "RequestPromotion", version: "1.0.0", stage: "dev", override: "now" });
    expect(waiting.must(late)).toEqual([]);
  });
});
