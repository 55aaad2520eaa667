import { describe, expect, test } from "vitest";
import { gateContext } from "../application/context.ts";
import { nextDue } from "../application/next-due.ts";
import { parsePipeline } from "../pipeline/parse.ts";
import { pipelineOf } from "../testing/pipelines.ts";
import { fact, given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import { start, type World } from "../testing/world.ts";
import { evaluateGates } from "./registry.ts";

const hour = 3_600_000;
const gate = { from: ["bob", "ops"], count: 2, expires: "7d" };
const pipeline = pipelineOf("dev", { name: "beta", gates: [{ approval: gate }] });
/** 1.0.0, published by alice, waits for beta. */
const waiting = [step.publish("1.0.0"), step.caughtUp];

function approvalOf(world: World, version = "1.0.0") {
  const context = gateContext(world.state, "beta", version, world.now, world.measurements);
  return context && evaluateGates(context).find((result) => result.gate === "approval");
}

const statusOf = (world: World, id = "beta-1") => world.state.promotions.get(id)?.status;

test("waits, and says how many are missing and who can give them", () => {
  const { world } = given(pipeline, ...waiting);
  expect(approvalOf(world)).toMatchObject({
    verdict: "wait",
    reason: "0 of 2 approvals (nobody)",
    who: "bob, ops, but not alice: sluice approve 1.0.0 beta",
  });
});

test("a name and a group are enough together, and the release enters at once", () => {
  const { when } = given(pipeline, ...waiting, step.by("bob", step.approve("beta-1", [], "looks good")));
  const decided = when(step.approve("beta-1", ["ops"]), "carol");
  decided.thenFacts(
    fact("PromotionApproved", { id: "beta-1", groups: ["ops"], stage: "beta", version: "1.0.0" }),
    fact("PromotionStarted"),
    fact("ExposureRaised"),
  );
  expect(approvalOf(decided.world)).toMatchObject({
    verdict: "pass",
    reason: "approved by bob, carol until 2024-03-22T10:00:00.000Z",
    until: start + 168 * hour,
    evidence: {
      needed: 2,
      release: decided.world.state.releases.get("1.0.0")?.digest,
      pipeline: decided.world.state.pipeline?.digest,
      approvals: [
        { by: "bob", comment: "looks good" },
        { by: "carol", groups: ["ops"] },
      ],
    },
  });
});

test("a required group must be among them, however many others approve", () => {
  const grouped = pipelineOf("dev", { name: "beta", gates: [{ approval: { from: ["bob", "eve"], groups: ["ops"] } }] });
  const { world, when } = given(
    grouped,
    ...waiting,
    step.by("bob", step.approve("beta-1")),
    step.by("eve", step.approve("beta-1")),
  );
  expect(approvalOf(world)).toMatchObject({ verdict: "wait", reason: "2 of 1 approvals (bob, eve); none from ops" });
  when(step.approve("beta-1", ["ops"]), "carol").thenFacts(
    fact("PromotionApproved"),
    fact("PromotionStarted"),
    fact("ExposureRaised"),
  );
});

describe("refused", () => {
  test("one's own release", () => {
    const own = pipelineOf("dev", { name: "beta", gates: [{ approval: { from: ["alice"] } }] });
    given(own, ...waiting)
      .when(step.approve("beta-1"), "alice")
      .thenRejected("OWN_RELEASE", /alice published 1\.0\.0, so somebody else/);
  });

  test("what one asked for by hand", () => {
    const { world, when } = given(
      pipelineOf(
        { name: "dev", rollout: { steps: [{ to: "1%", hold: "1h" }, { to: "100%" }] } },
        {
          name: "beta",
          gates: [{ approval: gate }],
        },
      ),
      step.publish("1.0.0"),
      step.by("bob", step.promote("1.0.0", "beta")),
    );
    expect(world.state.promotions.get("beta-1")?.manual).toBe(true);
    when(step.approve("beta-1"), "bob").thenRejected("OWN_RELEASE", /bob asked for beta-1/);
  });

  test("twice by the same person", () => {
    given(pipeline, ...waiting, step.by("bob", step.approve("beta-1")))
      .when(step.approve("beta-1"), "bob")
      .thenRejected("APPROVAL_EXISTS", /bob has approved beta-1 already/);
  });

  test("by somebody who is not asked", () => {
    given(pipeline, ...waiting)
      .when(step.approve("beta-1", ["dev"]), "mallory")
      .thenRejected("APPROVER_NOT_NAMED", /mallory is not among those who decide about beta: bob, ops/);
  });

  test("of another release or pipeline than was looked at", () => {
    const { when, world } = given(pipeline, ...waiting);
    const seen = world.state.releases.get("1.0.0")?.digest ?? "";
    when({ ...step.approve("beta-1"), digest: "0".repeat(64) }, "bob").thenRejected(
      "APPROVAL_OUTDATED",
      /Look again: sluice why 1\.0\.0 beta/,
    );
    when({ ...step.approve("beta-1"), digest: seen, pipeline: "0".repeat(64) }, "bob").thenRejected(
      "APPROVAL_OUTDATED",
      /Look again/,
    );
  });

  test("where none is asked for, of what has ended, and of what is not there", () => {
    const { when } = given(pipeline, ...waiting, step.abort("beta-1"));
    when(step.approve("dev-1"), "bob").thenRejected("PROMOTION_NOT_ACTIVE", /is complete/);
    when(step.approve("beta-1"), "bob").thenRejected("PROMOTION_NOT_ACTIVE", /is aborted/);
    when(step.approve("beta-7"), "bob").thenRejected("PROMOTION_NOT_FOUND", /no promotion "beta-7"/, ["beta-1"]);
    given(pipelineOf("dev", { name: "beta", gates: [{ soak: "1h" }] }), ...waiting)
      .when(step.approve("beta-1"), "bob")
      .thenRejected("APPROVAL_NOT_ASKED", /beta has no approval gate/);
  });

  test("a gate that names nobody", () => {
    const read = parsePipeline(
      "apiVersion: sluice/v1\napp: myapp\nstages:\n  - name: dev\n    gates:\n      - approval: { count: 2 }\n",
    );
    expect(read).toMatchObject({ problems: [{ line: 6, message: "must name who approves, in from or groups" }] });
  });
});

describe("what was approved counts no more", () => {
  const approved = [...waiting, step.by("bob", step.approve("beta-1"))];

  test("when it has expired; then the same person can approve again", () => {
    const { world, when } = given(pipeline, ...approved, step.later("168h"));
    expect(approvalOf(world)).toMatchObject({ verdict: "wait", reason: "0 of 2 approvals (nobody)" });
    when(step.approve("beta-1", ["ops"]), "carol").thenFacts(fact("PromotionApproved"));
    when(step.approve("beta-1"), "bob").thenFacts(
      fact("PromotionApproved"),
      fact("PromotionStarted"),
      fact("ExposureRaised"),
    );
  });

  test("when the pipeline changes, and not again when it is changed back", () => {
    const other = pipelineOf("dev", { name: "beta", gates: [{ approval: gate }, { soak: "1h" }] });
    const { when, world } = given(pipeline, ...approved);
    when(step.apply(other)).thenFacts(
      fact("PipelineApplied"),
      fact("ApprovalVoided", {
        id: "beta-1",
        approver: "bob",
        reason: "the pipeline was changed after it was given",
      }),
    );
    world.must(step.apply(pipeline));
    expect(approvalOf(world)).toMatchObject({ reason: "0 of 2 approvals (nobody)" });
  });

  test("but not when only the file's comments change", () => {
    const { when, world } = given(pipeline, ...approved);
    when(step.apply(pipeline, "# read me")).thenFacts(fact("PipelineApplied"));
    expect(approvalOf(world)).toMatchObject({ reason: "1 of 2 approvals (bob)" });
  });

  test("when the approver's token is revoked afterwards", () => {
    const { world } = given(pipeline, ...approved, step.revoke("bob"));
    expect(world.happened.at(-1)).toMatchObject({
      type: "ApprovalVoided",
      data: { approver: "bob", reason: "admin revoked the token of bob" },
    });
    expect(approvalOf(world)).toMatchObject({ reason: "0 of 2 approvals (nobody)" });
  });

  test("and nobody approves whose token was revoked while they did", () => {
    const { world, when } = given(pipeline, ...waiting);
    world.revoke("bob");
    when(step.approve("beta-1"), "bob").thenRejected("APPROVER_NOT_NAMED", /bob is not among those/);
  });

  test("when the promotion ends: the next asks anew", () => {
    const { world } = given(pipeline, ...approved, step.abort("beta-1"), step.promote("1.0.0", "beta"));
    expect(approvalOf(world)).toMatchObject({ reason: "0 of 2 approvals (nobody)" });
  });
});

describe("a rejection", () => {
  const rejected = [
    ...waiting,
    step.by("bob", step.approve("beta-1")),
    step.by("carol", step.rejectIt("beta-1", ["ops"], "not on a Friday")),
  ];

  test("needs a reason", () => {
    given(pipeline, ...waiting)
      .when(step.rejectIt("beta-1", [], " "), "bob")
      .thenRejected("REASON_REQUIRED", /--comment/);
  });

  test("blocks, says who can lift it, and voids what was approved before", () => {
    const { world } = given(pipeline, ...rejected);
    expect(approvalOf(world)).toMatchObject({
      verdict: "fail",
      reason: "rejected by carol: not on a Friday",
      who: expect.stringMatching(/^bob, ops, by approving all the same: sluice approve 1\.0\.0 beta --comment TEXT$/),
    });
    expect(world.state.promotions.get("beta-1")?.approvals).toEqual([]);
  });

  test("is lifted by an approval that says why, or by asking for the promotion anew", () => {
    const { world, when } = given(pipeline, ...rejected);
    when(step.approve("beta-1"), "bob").thenRejected("REASON_REQUIRED", /carol rejected it: not on a Friday/);
    when(step.approve("beta-1", [], "it is Monday"), "bob").thenFacts(fact("PromotionApproved"));
    expect(approvalOf(world)).toMatchObject({ verdict: "wait", reason: "1 of 2 approvals (bob)" });
    const anew = given(pipeline, ...rejected, step.abort("beta-1"), step.promote("1.0.0", "beta")).world;
    expect(approvalOf(anew)).toMatchObject({ verdict: "wait", reason: "0 of 2 approvals (nobody)" });
  });

  test("is not for what rolls out already", () => {
    const { world, when } = given(
      pipelineOf("dev", {
        name: "beta",
        gates: [{ approval: { from: ["bob"] } }],
        rollout: { steps: [{ to: "5%", hold: "1h" }, { to: "100%" }] },
      }),
      ...waiting,
      step.by("bob", step.approve("beta-1")),
    );
    expect(statusOf(world)).toBe("active");
    when(step.rejectIt("beta-1"), "bob").thenRejected("PROMOTION_IN_PROGRESS", /sluice abort beta/);
  });
});

describe("with other gates", () => {
  const rollout = { steps: [{ to: "5%", hold: "24h" }, { to: "100%" }] };

  test("that expires during a rollout holds the exposure, and a new one lets it go on", () => {
    const short = { approval: { from: ["bob"], expires: "10h" } };
    const { world } = given(
      pipelineOf("dev", { name: "beta", gates: [short], rollout, "on-failure": "rollback" }),
      ...waiting,
      step.by("bob", step.approve("beta-1")),
      step.caughtUp,
    );
    expect(nextDue(world.state, world.measurements, world.now)).toBe(start + 10 * hour);
    world.pass(48 * hour);
    expect(statusOf(world)).toBe("active");
    expect(world.happened.filter(({ type }) => type === "ExposureRaised")).toHaveLength(2);
    world.must(step.approve("beta-1"), "bob");
    world.catchUp();
    expect(statusOf(world)).toBe("complete");
  });

  test("a changed pipeline holds a rollout that was approved under the one before", () => {
    const stages = (soak: string) =>
      pipelineOf("dev", { name: "beta", gates: [{ soak }, { approval: { from: ["bob"] } }], rollout });
    const { world } = given(stages("0s"), ...waiting, step.by("bob", step.approve("beta-1")), step.caughtUp);
    world.must(step.apply(stages("1s")));
    world.pass(48 * hour);
    expect(statusOf(world)).toBe("active");
    world.must(step.approve("beta-1"), "bob");
    world.catchUp();
    expect(statusOf(world)).toBe("complete");
  });

  test("an approval inside a window enters; one after it closed waits for the next opening", () => {
    const window = { days: ["fri"] as const, from: "10:00", to: "11:00", zone: "UTC" };
    const gates = [{ approval: { from: ["bob"] } }, { window: { ...window, days: [...window.days] } }];
    const windowed = pipelineOf("dev", { name: "beta", gates });
    expect(statusOf(given(windowed, ...waiting, step.by("bob", step.approve("beta-1"))).world)).toBe("active");
    const late = given(windowed, ...waiting, step.later("1h"), step.by("bob", step.approve("beta-1"))).world;
    expect(statusOf(late)).toBe("waiting");
    // It opens in 167 h, and the approval is good for 168 h.
    late.pass(167 * hour);
    expect(statusOf(late)).toBe("complete");
  });

  test("an approval that is spent before the soak ends is asked for again", () => {
    const gates = [{ soak: "24h" }, { approval: { from: ["bob"], expires: "10h" } }];
    const { world } = given(pipelineOf("dev", { name: "beta", gates }), ...waiting);
    world.must(step.approve("beta-1"), "bob");
    world.pass(24 * hour);
    expect(statusOf(world)).toBe("waiting");
    world.must(step.approve("beta-1"), "bob");
    expect(statusOf(world)).toBe("active");
  });

  test("an approval does not thaw a freeze", () => {
    const { world } = given(
      pipelineOf("dev", { name: "beta", gates: [{ approval: { from: ["bob"] } }] }),
      ...waiting,
      step.freeze("beta"),
      step.by("bob", step.approve("beta-1")),
    );
    expect(statusOf(world)).toBe("waiting");
    world.must(step.thaw("beta"));
    expect(statusOf(world)).toBe("active");
  });

  test("an override passes over it, and over a rejection, loudly", () => {
    const { when, world } = given(pipeline, ...waiting, step.by("bob", step.rejectIt("beta-1")));
    when(step.promote("1.0.0", "beta", "the old one is on fire")).thenFacts(
      fact("PromotionOverridden", { reason: "the old one is on fire" }),
      fact("PromotionStarted"),
      fact("ExposureRaised"),
    );
    expect(
      world.happened.find((event) => event.type === "PromotionStarted" && event.data.stage === "beta"),
    ).toMatchObject({
      data: { gates: expect.arrayContaining([expect.objectContaining({ gate: "approval", verdict: "fail" })]) },
    });
  });

  test("two gates are answered by two people who are each named in one", () => {
    const gates = [{ approval: { from: ["bob"] } }, { approval: { from: ["carol"] } }];
    const { world, when } = given(pipelineOf("dev", { name: "beta", gates }), ...waiting);
    when(step.approve("beta-1"), "bob").thenFacts(fact("PromotionApproved"));
    expect(statusOf(world)).toBe("waiting");
    when(step.approve("beta-1"), "carol");
    expect(statusOf(world)).toBe("active");
  });
});

describe("an approval of major versions alone", () => {
  const gates = [{ approval: { from: ["product-owner"], for: "major" as const } }];
  const major = pipelineOf("dev", { name: "prod", gates });
  const verdict = (world: World, version: string) => {
    const context = gateContext(world.state, "prod", version, world.now, world.measurements);
    return context && evaluateGates(context).find(({ gate }) => gate === "approval");
  };

  test("is asked for where nothing is live, and where the major version rises, also to a prerelease", () => {
    const { world } = given(major, step.publish("1.0.0"), step.caughtUp);
    expect(verdict(world, "1.0.0")).toMatchObject({ verdict: "wait" });
    world.must(step.approve("prod-1"), "product-owner");
    step.perform(world, step.caughtUp);
    for (const version of ["1.9.0", "2.0.0-rc.1"]) world.must(step.publish(version));
    expect(verdict(world, "1.9.0")).toMatchObject({ verdict: "pass", reason: "1.9.0 is no major version after 1.0.0" });
    expect(verdict(world, "2.0.0-rc.1")).toMatchObject({ verdict: "wait" });
  });
});
