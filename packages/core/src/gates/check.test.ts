import { describe, expect, test } from "vitest";
import { gateContext } from "../application/context.ts";
import { nextDue } from "../application/next-due.ts";
import { pipelineOf } from "../testing/pipelines.ts";
import { fact, given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import { start, type World } from "../testing/world.ts";
import { evaluateGates } from "./registry.ts";

const hour = 3_600_000;
const scanned = pipelineOf("dev", {
  name: "beta",
  gates: [{ check: { name: "security-scan", "max-age": "48h" } }],
});
const waiting = [step.publish("1.0.0"), step.caughtUp];

function checkIn(world: World, stage = "beta") {
  const context = gateContext(world.state, stage, "1.0.0", world.now, world.measurements);
  return context && evaluateGates(context).find(({ gate }) => gate === "check");
}

const statusOf = (world: World) => world.state.promotions.get("beta-1")?.status;

test("waits, and names who can report it", () => {
  expect(checkIn(given(scanned, ...waiting).world)).toMatchObject({
    verdict: "wait",
    reason: "no result of security-scan was reported",
    who: expect.stringMatching(/^CI, .*: sluice check 1\.0\.0 security-scan pass$/),
  });
});

test("a pass lets the release in, and is kept with who said it and where more is to be read", () => {
  const { world, when } = given(scanned, ...waiting);
  when({ ...step.report("1.0.0", "security-scan"), url: "https://ci/1", comment: "0 findings" }, "ci").thenFacts(
    fact("CheckReported", { name: "security-scan", digest: world.state.releases.get("1.0.0")?.digest ?? "" }),
    fact("PromotionStarted"),
    fact("ExposureRaised"),
  );
  expect(checkIn(world)).toMatchObject({
    verdict: "pass",
    reason: "passed: security-scan, reported by ci: 0 findings",
    until: start + 48 * hour,
    evidence: { by: "ci", url: "https://ci/1", staleAt: "2024-03-17T10:00:00.000Z" },
  });
});

test("a fail fails; the last result counts", () => {
  const { world } = given(scanned, ...waiting, step.report("1.0.0", "security-scan", "fail", { comment: "CVE-1" }));
  expect(checkIn(world)).toMatchObject({ verdict: "fail", reason: "failed: security-scan, reported by alice: CVE-1" });
  world.must(step.report("1.0.0", "security-scan"));
  expect(statusOf(world)).toBe("active");
});

test("what was reported of one release says nothing of another", () => {
  const { world } = given(scanned, step.publish("0.9.0"), ...waiting, step.report("0.9.0", "security-scan"));
  expect(checkIn(world)).toMatchObject({ verdict: "wait" });
});

describe("max-age", () => {
  test("an old pass waits, and says since when it is stale", () => {
    const soaking = pipelineOf("dev", {
      name: "beta",
      gates: [{ soak: "72h" }, { check: { name: "security-scan", "max-age": "48h" } }],
    });
    const { world } = given(soaking, ...waiting, step.report("1.0.0", "security-scan"));
    expect(checkIn(world)).toMatchObject({ verdict: "pass" });
    world.pass(72 * hour);
    expect(checkIn(world)).toMatchObject({
      verdict: "wait",
      reason: "the pass of security-scan by alice went stale at 2024-03-17T10:00:00.000Z",
    });
    expect(statusOf(world)).toBe("waiting");
    world.must(step.report("1.0.0", "security-scan"));
    expect(statusOf(world)).toBe("active");
  });

  test("a pass that goes stale during a rollout holds the exposure where it is, at that moment", () => {
    const rollout = { steps: [{ to: "5%", hold: "72h" }, { to: "100%" }] };
    const pipeline = pipelineOf("dev", {
      name: "beta",
      gates: [{ check: { name: "security-scan", "max-age": "48h" } }],
      rollout,
    });
    const { world } = given(pipeline, ...waiting, step.report("1.0.0", "security-scan"), step.caughtUp);
    expect(nextDue(world.state, world.measurements, world.now)).toBe(start + 48 * hour);
    world.pass(100 * hour);
    expect(statusOf(world)).toBe("active");
    world.must(step.report("1.0.0", "security-scan"));
    world.catchUp();
    expect(statusOf(world)).toBe("complete");
  });
});

describe("from", () => {
  const trusted = pipelineOf("dev", { name: "beta", gates: [{ check: { name: "audit", from: ["scanner", "sec"] } }] });

  test("nobody else's word counts", () => {
    const { when } = given(trusted, ...waiting);
    when(step.report("1.0.0", "audit"), "ci").thenRejected("REPORTER_NOT_NAMED", /"audit": scanner, sec\.$/);
    when(step.report("1.0.0", "audit", "pass", { groups: ["sec"] }), "sam").thenFacts(
      fact("CheckReported", { groups: ["sec"] }),
      fact("PromotionStarted"),
      fact("ExposureRaised"),
    );
  });

  test("also when it was spoken before the pipeline said so", () => {
    const open = pipelineOf("dev", { name: "beta", gates: [{ soak: "1h" }, { check: { name: "audit" } }] });
    const { world } = given(open, ...waiting, step.report("1.0.0", "audit"), step.apply(trusted));
    expect(checkIn(world)).toMatchObject({ verdict: "wait", reason: "no result of audit was reported" });
  });
});

describe("refused", () => {
  test("a name that no gate asks for, with the nearest ones", () => {
    given(scanned, ...waiting)
      .when(step.report("1.0.0", "security-scam"))
      .thenRejected("CHECK_NOT_FOUND", /Asked for: security-scan\./, ["security-scan"]);
  });

  test("a release that is not there", () => {
    given(scanned, ...waiting)
      .when(step.report("1.0.1", "security-scan"))
      .thenRejected("RELEASE_NOT_FOUND", /no release 1\.0\.1/, ["1.0.0"]);
  });

  test("a name that stands for several things, unless the stage is said", () => {
    const item = { checklist: [{ id: "smoke", title: "It starts" }] };
    const twice = pipelineOf("dev", { name: "beta", gates: [item] }, { name: "stable", gates: [item] });
    const { when, world } = given(twice, ...waiting);
    when(step.report("1.0.0", "smoke")).thenRejected("CHECK_AMBIGUOUS", /beta and stable\. Say which.*--stage/);
    when(step.report("1.0.0", "smoke", "pass", { stage: "beta" }));
    expect(statusOf(world)).toBe("active");
    expect(world.state.promotions.get("stable-1")?.status ?? "waiting").toBe("waiting");
  });
});
