import { describe, expect, test } from "vitest";
import { gateContext } from "../application/context.ts";
import { stageOf } from "../application/state.ts";
import { isRejection } from "../errors/rejection.ts";
import { evaluateGates } from "../gates/registry.ts";
import { decideServer, initialServer } from "../rules/server-log.ts";
import { toPlan } from "../targets/to-plan.ts";
import { pipelineOf } from "../testing/pipelines.ts";
import { fact, given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import type { World } from "../testing/world.ts";
import { explain } from "../views/why.ts";
import { appliesTo } from "./applies.ts";
import { parsePolicy } from "./parse.ts";
import type { Policy } from "./schema.ts";

/** The policy of seed 003, section 8.1, as it stands there. */
const seed = `{
  "enterprisePolicy": {
    "approvalRequired": true,
    "approvers": ["admin@company.com", "ops-team@company.com"],
    "testingRequired": true,
    "testEnvironments": ["staging", "qa"],
    "minimumTestDuration": "48h",
    "blockedVersions": [],
    "allowedChannels": ["stable", "custom"],
    "complianceChecks": [
      "security-scan",
      "license-validation",
      "dependency-audit"
    ]
  }
}`;

function read(text: string): Policy {
  const parsed = parsePolicy(text);
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.policy;
}

const file = (...lines: string[]) =>
  read(["apiVersion: sluice/v1", "kind: policy", "name: house", ...lines].join("\n"));

/** The rules of a server on which these policies were applied one after the other. */
function rulesOf(...policies: Policy[]) {
  let state = initialServer;
  for (const policy of policies) {
    const command = { type: "ApplyPolicy", policy, source: JSON.stringify(policy) } as const;
    const decision = decideServer(state, command, { now: 0, actor: "root" });
    if (isRejection(decision)) throw new Error(decision.message);
    state = decision.state;
  }
  return state.rules;
}

const under =
  (...policies: Policy[]) =>
  (world: World) => {
    world.rules = rulesOf(...policies);
    world.must({ type: "AdoptRules" });
  };

const hour = 3_600_000;
const threeInDev = ["1.0.0", "1.1.0", "1.2.0"].flatMap((version) => [step.publish(version), step.caughtUp]);
const live = (world: World, stage: string) => stageOf(world.state, stage).live?.version;

function gatesOf(world: World, stage: string, version = "1.0.0") {
  const context = gateContext(world.state, stage, version, world.now, world.measurements);
  if (context === undefined) throw new Error(`there is no ${stage}`);
  return evaluateGates(context).filter(({ policy }) => policy !== undefined);
}

describe("the policy of seed 003", () => {
  const pipeline = pipelineOf("staging", "qa", "stable");
  const checked = (world: World) => {
    for (const name of ["security-scan", "license-validation", "dependency-audit"])
      world.must(step.report("1.0.0", name, "pass"), "ci");
  };

  test("is read as it stands there", () => {
    expect(read(seed)).toMatchObject({
      name: "enterprise",
      apps: ["*"],
      approvalRequired: true,
      approvers: ["admin@company.com", "ops-team@company.com"],
      minimumTestDuration: 48 * hour,
      complianceChecks: ["security-scan", "license-validation", "dependency-audit"],
    });
  });

  test("becomes gates of every stage but the test environments, with the policy as their origin", () => {
    const { world } = given(pipeline, under(read(seed)), step.publish("1.0.0"), step.caughtUp);
    expect(gatesOf(world, "staging")).toEqual([]);
    expect(gatesOf(world, "stable").map(({ gate, policy, verdict }) => [gate, policy, verdict])).toEqual([
      ["approval", "enterprise", "wait"],
      ["tested-in", "enterprise", "wait"],
      ["check", "enterprise", "wait"],
      ["check", "enterprise", "wait"],
      ["check", "enterprise", "wait"],
    ]);
    const explained = explain(world.state, { version: "1.0.0", stage: "stable" }, [], world.now);
    expect(explained).toMatchObject({
      standing: "waiting",
      gates: expect.arrayContaining([expect.objectContaining({ gate: "tested-in", policy: "enterprise" })]),
    });
  });

  test("lets a release in once it was tested, checked and approved, and not before", () => {
    const { world } = given(pipeline, under(read(seed)), step.publish("1.0.0"), step.passing("47h"), checked);
    world.must(step.approve("stable-1"), "ops-team@company.com");
    world.catchUp();
    expect(live(world, "stable")).toBeUndefined();
    world.pass(hour);
    expect(live(world, "stable")).toBe("1.0.0");
  });

  test("each of its demands holds a release alone", () => {
    const { world } = given(pipeline, under(read(seed)), step.publish("1.0.0"), step.passing("60h"), checked);
    expect(live(world, "stable")).toBeUndefined();
    expect(gatesOf(world, "stable").filter(({ verdict }) => verdict !== "pass")).toMatchObject([
      { gate: "approval", who: expect.stringMatching(/admin@company\.com, ops-team@company\.com, but not alice/) },
    ]);
  });

  test("a pipeline with a channel that it does not allow is refused", () => {
    given(undefined, (world) => {
      world.rules = rulesOf(read(seed));
    })
      .when(step.apply(pipelineOf("staging", "qa", "beta", "stable")))
      .thenRejected("POLICY_VIOLATED", /policy enterprise allows the stages staging, qa, stable, custom, and not beta/);
  });

  test("a pipeline in which nothing can have been tested is refused", () => {
    given(undefined, (world) => {
      world.rules = rulesOf(read(seed));
    })
      .when(step.apply(pipelineOf("staging", "stable")))
      .thenRejected("POLICY_VIOLATED", /be tested in qa before it enters stable/);
  });
});

describe("a policy", () => {
  const approval = file("stages: [beta]", "approvalRequired: true", "approvers: [bob]");
  const waiting = [step.publish("1.0.0"), step.caughtUp];

  test("is adopted with the next decision, and once", () => {
    const { when } = given(pipelineOf("dev"), (world) => {
      world.rules = rulesOf(approval);
    });
    when({ type: "AdoptRules" }).thenFacts(fact("PolicyAdopted", { name: "house", revision: 1, by: "root" }));
    when({ type: "AdoptRules" }).thenNothing();
  });

  test("an older revision, from a node that lags behind, changes nothing back", () => {
    const { world, when } = given(pipelineOf("dev"), under(approval, file("approvalRequired: false")));
    world.rules = rulesOf(approval);
    when({ type: "AdoptRules" }).thenNothing();
    expect(world.state.policies.get("house")?.policy?.approvalRequired).toBe(false);
  });

  test("one that no longer names the application is dropped", () => {
    const { world } = given(pipelineOf("dev", "beta"), under(approval), ...waiting);
    expect(live(world, "beta")).toBeUndefined();
    world.rules = rulesOf(approval, file("apps: [other]", "approvalRequired: true", "approvers: [bob]"));
    world.must({ type: "AdoptRules" });
    world.catchUp();
    expect(live(world, "beta")).toBe("1.0.0");
    expect(world.happened.map(({ type }) => type)).toContain("PolicyDropped");
  });

  test("cannot be loosened by the pipeline: what both ask for must hold", () => {
    const weaker = pipelineOf("dev", { name: "beta", gates: [{ approval: { from: ["carol"], count: 1 } }] });
    const { world } = given(weaker, under(approval), ...waiting);
    world.must(step.approve("beta-1"), "carol");
    world.catchUp();
    expect(live(world, "beta")).toBeUndefined();
    world.must(step.approve("beta-1"), "bob");
    world.catchUp();
    expect(live(world, "beta")).toBe("1.0.0");
  });

  test("nor by taking the gate, or anything else, out of the pipeline", () => {
    const { world } = given(pipelineOf("dev", { name: "beta", gates: [{ soak: "1h" }] }), under(approval), ...waiting);
    world.must(step.apply(pipelineOf("dev", "beta")));
    world.pass(5 * hour);
    expect(live(world, "beta")).toBeUndefined();
  });

  test("an operator's override does not pass over it, an admin's does, and says so", () => {
    const { world, when } = given(
      pipelineOf("dev", { name: "beta", gates: [{ soak: "1h" }] }),
      under(approval),
      ...waiting,
    );
    world.must(step.promote("1.0.0", "beta", "urgent"), "olga");
    world.catchUp();
    expect(live(world, "beta")).toBeUndefined();
    when(
      {
        ...(step.promote("1.0.0", "beta", "really") as { type: "RequestPromotion"; version: string; stage: string }),
        policies: true,
      },
      "root",
    ).thenFacts(
      fact("PromotionOverridden", { reason: "really", policies: true }),
      fact("PromotionStarted"),
      fact("ExposureRaised"),
    );
  });

  test.each([
    ["1.0.0", "1.0.0", "fail"],
    ["1.0.0", "<1.0.0", "pass"],
    ["1.0.0", ">=1.0.0 <1.1.0", "fail"],
    ["1.1.0-beta.1", ">=1.0.0 <1.1.0", "fail"],
    ["2.0.0", "1.x || >=3", "pass"],
  ])("%s with %s blocked: %s", (version, range, verdict) => {
    const { world } = given(pipelineOf("dev"), under(file(`blockedVersions: ["${range}"]`)), step.publish(version));
    expect(gatesOf(world, "dev", version)).toMatchObject([{ gate: "blocked-versions", verdict }]);
    expect(live(world, "dev") ?? stageOf(world.state, "dev").active).toBe(verdict === "fail" ? undefined : "dev-1");
  });

  test("takes a version that it blocks out of a rollout", () => {
    const { when, world } = given(
      pipelineOf({ name: "dev", rollout: { steps: [{ to: "10%", hold: "1h" }, { to: "100%" }] } }),
      step.publish("1.0.0"),
    );
    world.rules = rulesOf(file('blockedVersions: ["1.0.0"]'));
    when({ type: "AdoptRules" }).thenFacts(fact("PolicyAdopted"), fact("PromotionRolledBack", { cause: "gate" }));
  });

  test.each([
    ["passes over what is blocked", "1.1.0", "1.0.0"],
    ["goes to what is blocked where nothing else is left", "<1.2.0", "1.1.0"],
  ])("a rollback %s", (_, range, to) => {
    const { when } = given(pipelineOf("dev"), ...threeInDev, under(file(`blockedVersions: ["${range}"]`)));
    when(step.rollBack("dev")).thenFacts(fact("PromotionRolledBack", { version: "1.2.0", to }));
  });

  test("nobody sends a stage back to what is blocked while there is another", () => {
    const { when } = given(pipelineOf("dev"), ...threeInDev, under(file('blockedVersions: ["1.1.0"]')));
    when(step.rollBack("dev", "1.1.0")).thenRejected("ROLLBACK_TARGET_INVALID", /^Policy house blocks 1\.1\.0/);
  });

  test("lets nothing new into a stage that is there already and is not allowed", () => {
    const { world } = given(pipelineOf("dev", "beta"), under(file("allowedChannels: [dev]")), ...waiting);
    expect(gatesOf(world, "beta")).toMatchObject([{ gate: "allowed-channel", verdict: "fail" }]);
    expect(live(world, "beta")).toBeUndefined();
  });
});

describe("a policy file", () => {
  test.each([
    ["apiVersion: sluice/v1\nkind: policy\nname: x\nstage: [a]\n", 4, /unknown key "stage"/],
    ["apiVersion: sluice/v1\nkind: policy\nname: x\nblockedVersions: [one]\n", 4, /must be a version/],
    ["apiVersion: sluice/v1\nkind: policy\nname: x\napprovalRequired: true\n", 1, /must name who approves/],
    ['{\n"enterprisePolicy": {\n"minimumTestDuration": 48 } }', 3, /must be a duration/],
  ])("%j is refused with its place", (text, line, message) => {
    expect(parsePolicy(text)).toMatchObject({ problems: [{ line, message: expect.stringMatching(message) }] });
  });

  test.each([
    ["*", "shop", true],
    ["shop", "shop", true],
    ["shop", "shop-api", false],
    ["shop-*", "shop-api", true],
    ["*-api", "shop-api", true],
    ["s*p-*i", "shop-api", true],
    ["shop-*-api", "shop-api", false],
    ["*a*a*a*", "bbaab", false],
  ])("%s applies to %s: %s", (pattern, app, applies) => {
    expect(appliesTo(file(`apps: ["${pattern}"]`), app)).toBe(applies);
  });
});

test("who approves because a policy says so sees beforehand what the targets would change", () => {
  const target = { command: { deploy: "./deploy.sh", plan: "./plan.sh" } };
  const approval = file("approvalRequired: true", "approvers: [ops]");
  const { world, when } = given(pipelineOf({ name: "dev", targets: [target] }), under(approval), step.publish("1.0.0"));
  expect(toPlan(world.state)).toMatchObject([{ promotion: { id: "dev-1" }, target: { name: "command" } }]);
  when(step.approve("dev-1"), "ops").thenRejected("PLAN_NOT_READY", /^command of dev/);
});
