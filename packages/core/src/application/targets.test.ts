import { describe, expect, test } from "vitest";
import { buildFeeds } from "../feed/build.ts";
import { emptyHead } from "../log/chain.ts";
import { canBegin } from "../targets/demand.ts";
import { outsideTargets } from "../targets/outside.ts";
import { pipelineOf, type StageInput } from "../testing/pipelines.ts";
import { fact, given } from "../testing/scenario.ts";
import { advance, apply, caughtUp, passing, publish, rollBack } from "../testing/steps.ts";
import type { World } from "../testing/world.ts";
import { statusOf } from "../views/status.ts";
import { explain } from "../views/why.ts";
import type { CommandOf } from "./commands.ts";
import { stagesOf } from "./context.ts";
import { stageOf } from "./state.ts";

const command = { command: { deploy: "./deploy.sh" } };
const second = { command: { deploy: "./other.sh" } };
const stage = (more: Partial<Exclude<StageInput, string>> = {}) =>
  pipelineOf({ name: "dev", targets: [command], ...more });
const gradual = stage({
  targets: [command, { channel: {} }],
  rollout: { steps: [{ to: "10%", hold: "1h" }, { to: "100%" }] },
});

function about(world: World, target: string) {
  const { demand } = stageOf(world.state, "dev");
  const config = outsideTargets(stagesOf(world.state)[0]).find(({ name }) => name === target)?.config ?? "";
  return { stage: "dev", target, asked: demand?.asked ?? 0, config };
}

/** The result of a target that does what the log asks it for now. */
function result(world: World, target = "command"): CommandOf<"RecordTarget"> {
  const { main = null, trial, leaving } = stageOf(world.state, "dev").demand ?? {};
  const extra = { ...(trial === undefined ? {} : { trial }), ...(leaving === undefined ? {} : { leaving }) };
  return { type: "RecordTarget", result: { ...about(world, target), main, ...extra, evidence: {} } };
}

const applied =
  (target = "command") =>
  (world: World): void => {
    world.must(result(world, target), "sluice");
  };

function failure(world: World, retryable: boolean, reason = "it burns"): CommandOf<"RecordTargetFailure"> {
  return {
    type: "RecordTargetFailure",
    failure: { ...about(world, "command"), reason, retryable, evidence: {} },
  };
}

const broken = (world: World): void => {
  world.must(failure(world, false), "sluice");
};
const failing = (world: World): void => {
  world.must(failure(world, true), "sluice");
};

test("how far a target has got is shown until it is there", () => {
  const progress = { what: "images copied", done: 1, total: 3 };
  const shown = (world: World) => statusOf(world.state, [], world.now, () => progress).stages[0]?.targets[0];
  const moving = given(stage(), publish("1.0.0")).world;
  expect(shown(moving)).toMatchObject({ state: "moving", progress });
  applied()(moving);
  expect(shown(moving)).toMatchObject({ state: "applied" });
  expect(shown(moving)).not.toHaveProperty("progress");
});

const feed = (world: World) => buildFeeds(world.state, emptyHead)[0];
const view = (world: World) => statusOf(world.state, [], world.now).stages[0];

describe("a copy of the feed", () => {
  const copied = stage({
    targets: [{ static: { folder: "shop" } }, command],
    rollout: { steps: [{ to: "10%", hold: "1h" }, { to: "100%" }] },
  });

  test("comes after the other targets and after the feed, and a step's hold counts from it", () => {
    const { world } = given(copied, publish("1.0.0"), caughtUp);
    expect(view(world)?.active?.waitsFor).toBe("waits for its target command");
    applied()(world);
    expect(feed(world)?.releases).toMatchObject([{ version: "1.0.0", exposure: { basisPoints: 1_000 } }]);
    expect(view(world)?.active?.waitsFor).toBe("waits for its target static");
    const [, target] = outsideTargets(stagesOf(world.state)[0]);
    expect(target !== undefined && canBegin(world.state, target), "the feed is not signed yet").toBe(false);
    world.catchUp();
    expect(target !== undefined && canBegin(world.state, target)).toBe(true);
    world.pass(7_200_000);
    expect(view(world)?.active?.basisPoints).toBe(1_000);
    applied("static")(world);
    world.pass(3_540_000);
    expect(view(world)?.active?.basisPoints).toBe(1_000);
    world.pass(60_000);
    expect(view(world)?.active?.basisPoints).toBe(10_000);
  });
});

describe("what is live at a target", () => {
  const found = (world: World, agrees: boolean, text = "2.0.0 is live"): CommandOf<"RecordDrift"> => {
    const { asked, config } = about(world, "command");
    return { type: "RecordDrift", found: { stage: "dev", target: "command", asked, config, agrees, text } };
  };
  const live = () => given(stage(), publish("1.0.0"), caughtUp, applied(), caughtUp).world;

  test("and is not what should be opens an issue once, makes the stage inconsistent, and resolves the issue when it is gone", () => {
    const world = live();
    expect(world.must(found(world, true))).toEqual([]);
    expect(world.must(found(world, false))).toMatchObject([
      { type: "DriftFound", data: { version: "1.0.0", issue: "issue-1" } },
      {
        type: "IssueOpened",
        data: { severity: "warning", title: expect.stringMatching(/should have 1\.0\.0, but 2\.0\.0 is live/) },
      },
    ]);
    expect(world.must(found(world, false, "3.0.0 is live"))).toEqual([]);
    expect(view(world)).toMatchObject({
      inconsistent: expect.stringMatching(/^command has drifted \(0 min\): 2\.0\.0 is live/),
      targets: [{ state: "applied", drift: { issue: "issue-1", text: "2.0.0 is live" } }],
    });
    expect(world.must(found(world, true))).toMatchObject([{ type: "DriftGone" }, { type: "IssueResolved" }]);
    expect(view(world)).toMatchObject({ inconsistent: null });
  });

  test("says nothing while the target is being moved, and is over once it was", () => {
    const world = live();
    world.must(found(world, false));
    const old = found(world, false);
    world.must(publish("1.1.0") as CommandOf<"PublishRelease">);
    world.catchUp();
    expect(world.must(old)).toEqual([]);
    expect(world.must(found(world, false))).toEqual([]);
    const events = world.must(result(world), "sluice");
    expect(events.map(({ type }) => type).slice(0, 3)).toEqual(["DriftGone", "IssueResolved", "TargetApplied"]);
  });
});

describe("a stage with targets outside", () => {
  test("is not complete before they have the release", () => {
    given(stage(), publish("1.0.0"), caughtUp).when(advance()).thenNothing();
    const { world } = given(stage(), publish("1.0.0"), caughtUp, applied(), caughtUp);
    expect(world.happened.map(({ type }) => type).slice(-2)).toEqual(["TargetApplied", "PromotionCompleted"]);
  });

  test("has not reached a share that one of its targets does not have", () => {
    const both = stage({
      targets: [command, second, { channel: {} }],
      rollout: { steps: [{ to: "10%", hold: "1h" }, { to: "100%" }] },
    });
    const { world } = given(both, publish("1.0.0"), applied(), caughtUp);
    const why = () => {
      const found = explain(world.state, { version: "1.0.0", stage: "dev" }, [], world.now);
      return "summary" in found ? found.summary : "";
    };
    expect(view(world)?.active).toMatchObject({ basisPoints: 1_000, moving: true });
    expect(why()).toBe("1.0.0 is on its way to 10% of dev; waits for its target command-2.");
    world.must({ ...failure(world, true), failure: { ...failure(world, true).failure, ...about(world, "command-2") } });
    expect(why()).toMatch(
      /on its way to 10% of dev; waits for its target command-2 does not have 1\.0\.0 \(tried again/,
    );
    expect(view(world)?.inconsistent).toMatch(/command-2 does not have 1\.0\.0/);
    applied("command-2")(world);
    world.catchUp();
    expect(view(world)?.active?.moving).toBeUndefined();
    expect(why()).toBe("1.0.0 has reached 10% of dev; goes to 100% in 1h.");
  });

  test("offers no client what its other targets do not have yet", () => {
    const { world } = given(gradual, publish("1.0.0"), caughtUp);
    expect(feed(world)?.releases).toEqual([]);
    expect(view(world)?.active?.waitsFor).toBe("waits for its target command");
    applied()(world);
    expect(feed(world)?.releases).toMatchObject([{ version: "1.0.0", exposure: { basisPoints: 1_000 } }]);
  });

  test("counts a step's hold from the moment at which all of them had it", () => {
    const { world } = given(gradual, publish("1.0.0"), passing("5h"), applied(), passing("59m"));
    expect(view(world)?.active?.basisPoints).toBe(1_000);
    world.pass(60_000);
    expect(view(world)?.active?.basisPoints).toBe(10_000);
    expect(feed(world)?.releases).toMatchObject([{ exposure: { basisPoints: 1_000 } }]);
  });

  test("without a channel has no feed", () => {
    const { world } = given(stage(), publish("1.0.0"), applied(), caughtUp);
    expect(feed(world)).toBeUndefined();
    expect(view(world)).toMatchObject({ live: { version: "1.0.0" }, targets: [{ name: "command", has: "1.0.0" }] });
  });

  test("asks nothing anew when a release that everybody has becomes what is live", () => {
    const { world } = given(stage(), publish("1.0.0"), applied(), caughtUp);
    expect(view(world)?.targets).toMatchObject([{ state: "applied" }]);
  });
});

describe("the result of an effect", () => {
  test("is recorded once", () => {
    const { world, when } = given(stage(), publish("1.0.0"), applied());
    when(result(world)).thenNothing();
  });

  test("of something that is no longer asked says nothing", () => {
    const { world } = given(stage(), publish("1.0.0"));
    const late = result(world);
    applied()(world);
    world.catchUp();
    world.must(publish("1.1.0"));
    expect(world.must(late)).toEqual([]);
    expect(world.must({ ...late, result: { ...late.result, asked: 1_000 } })).toEqual([]);
  });

  test("by another configuration does not count: what was changed is done anew", () => {
    const { world } = given(stage(), publish("1.0.0"), applied(), caughtUp);
    world.must(apply(stage({ targets: [second] })));
    expect(view(world)?.targets).toMatchObject([{ name: "command", state: "moving", has: "1.0.0" }]);
  });

  test("a target that is new in the middle of a rollout holds it up until it has the release too", () => {
    const { world } = given(stage(), publish("1.0.0"), apply(stage({ targets: [command, second] })), applied());
    world.catchUp();
    expect(view(world)).toMatchObject({ live: null, active: { waitsFor: "waits for its target command-2" } });
    applied("command-2")(world);
    world.catchUp();
    expect(view(world)).toMatchObject({ live: { version: "1.0.0" } });
  });
});

describe("a target that fails", () => {
  test("for good ends the promotion, opens an issue, and sends every target back", () => {
    const past = [publish("1.0.0"), applied(), caughtUp, publish("1.1.0")];
    const { world, when } = given(stage(), ...past);
    const outcome = when(failure(world, false));
    outcome.thenFacts(
      fact("TargetFailed", { target: "command", retryable: false }),
      fact("IssueOpened", { version: "1.1.0", severity: "critical" }),
      fact("PromotionRolledBack", {
        version: "1.1.0",
        to: "1.0.0",
        cause: "target",
        reason: "target command: it burns",
      }),
    );
    expect(stageOf(world.state, "dev").demand).toMatchObject({ main: "1.0.0", leaving: "1.1.0" });
    expect(view(world)?.targets).toMatchObject([{ state: "moving", has: "1.0.0" }]);
  });

  test("is not what waits for somebody: that is noted once, lasts as long as it takes, and ends what failed before", () => {
    const { world } = given(stage(), publish("1.0.0"), failing);
    const waits = (reason: string) => ({
      type: "RecordTargetDeferral" as const,
      deferral: { ...about(world, "command"), reason, evidence: {} },
    });
    expect(world.must(waits("it is to be merged"))).toMatchObject([{ type: "TargetDeferred" }]);
    expect(view(world)).toMatchObject({
      targets: [{ state: "waiting", reason: "it is to be merged" }],
      inconsistent: null,
      active: { waitsFor: "waits for its target command: it is to be merged" },
    });
    expect(world.must(waits("it is to be merged"))).toEqual([]);
    world.pass(30 * 86_400_000);
    world.must(advance());
    expect(world.must(waits("it is to be healthy"))).toMatchObject([{ type: "TargetDeferred" }]);
    expect(view(world)?.active?.version).toBe("1.0.0");
    // The clock of what fails from now on begins now.
    expect(world.must(failure(world, true))).toMatchObject([{ type: "TargetFailed", data: { retryable: true } }]);
    const done = result(world);
    world.must(done);
    expect(view(world)).toMatchObject({ targets: [{ state: "applied" }] });
    expect(
      world.must({ ...waits("too late"), deferral: { ...waits("too late").deferral, asked: done.result.asked } }),
    ).toEqual([]);
  });

  test("that may pass is noted once, and counts after 15 minutes", () => {
    const { world, when } = given(stage(), publish("1.0.0"), failing);
    expect(view(world)).toMatchObject({ targets: [{ state: "retrying", reason: "it burns" }] });
    expect(view(world)?.inconsistent).toMatch(/command does not have 1\.0\.0 \(tried again, for 0 min\): it burns/);
    expect(world.must(failure(world, true))).toEqual([]);
    expect(world.must(failure(world, true, "it smokes"))).toMatchObject([{ type: "TargetFailed" }]);
    world.pass(15 * 60_000);
    when(failure(world, true, "it smokes")).thenFacts(
      fact("TargetFailed", { retryable: false }),
      fact("IssueOpened"),
      fact("PromotionRolledBack", { to: null, cause: "target" }),
    );
  });

  test("and comes round makes the stage consistent again", () => {
    const { world } = given(stage(), publish("1.0.0"), failing, applied(), caughtUp);
    expect(view(world)).toMatchObject({ inconsistent: null, live: { version: "1.0.0" } });
  });

  test("on the way back leaves the stage inconsistent, with an issue against the release that should go", () => {
    const past = [publish("1.0.0"), applied(), caughtUp, publish("1.1.0"), applied(), caughtUp, rollBack("dev")];
    const { world, when } = given(stage(), ...past);
    when(failure(world, false)).thenFacts(
      fact("TargetFailed", { retryable: false }),
      fact("IssueOpened", { version: "1.1.0", severity: "critical", stage: "dev" }),
    );
    expect(view(world)).toMatchObject({ live: { version: "1.0.0" }, targets: [{ state: "failed", has: "1.1.0" }] });
    expect(view(world)?.inconsistent).toMatch(/command does not have 1\.0\.0 \(needs a person/);
    when(failure(world, false)).thenNothing();
  });

  test("where nothing is on its way warns of the release that is live, and leaves it there", () => {
    const { world, when } = given(stage(), publish("1.0.0"), applied(), caughtUp, apply(stage({ targets: [second] })));
    when(failure(world, false)).thenFacts(
      fact("TargetFailed"),
      fact("IssueOpened", { version: "1.0.0", severity: "warning" }),
    );
    expect(view(world)?.live?.version).toBe("1.0.0");
  });

  test("is not believed once the stage asks for something else", () => {
    const { world, when } = given(stage(), publish("1.0.0"), applied(), caughtUp, publish("1.1.0"));
    const late = failure(world, false);
    broken(world);
    when(late).thenNothing();
  });
});

test("a stage that no target can show in part is exposed as a whole or not at all", () => {
  expect(() => stage({ rollout: { steps: [{ to: "10%" }, { to: "100%" }] } })).toThrow(/cannot be gradual/);
  expect(() => stage({ rollout: { linear: { by: "10%", every: "1m" } } })).toThrow(/cannot be gradual/);
});
