import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gateContext } from "../../application/context.ts";
import { stageOf } from "../../application/state.ts";
import { parsePipeline } from "../../pipeline/parse.ts";
import { pipelineOf } from "../../testing/pipelines.ts";
import { fact, given } from "../../testing/scenario.ts";
import * as step from "../../testing/steps.ts";
import type { World } from "../../testing/world.ts";
import { tagFor, tagMatches } from "./pattern.ts";
import { promoteOn } from "./promote-on.ts";

const byTag = pipelineOf("dev", { name: "prod", "promote-on": { tag: "v*" } });
const byMerge = pipelineOf({ name: "dev", "promote-on": { merge: "main" } });
const commit = "a1".repeat(20);
const elsewhere = "b2".repeat(20);

function verdictOf(world: World, version: string, stage = "prod") {
  const context = gateContext(world.state, stage, version, world.now, world.measurements);
  return context === undefined ? undefined : promoteOn(context)[0];
}

describe("a stage that a tag promotes to", () => {
  const waiting = () => given(byTag, step.publish("1.0.0", { commit }), step.caughtUp);

  test("keeps a release out until the tag of its version is pushed at its commit", () => {
    const { world, when } = waiting();
    expect(verdictOf(world, "1.0.0")).toMatchObject({
      verdict: "wait",
      reason: expect.stringContaining("tag v1.0.0 was not pushed yet"),
      who: "whoever pushes the tag v1.0.0, or an operator: sluice promote 1.0.0 prod",
    });
    when(step.forge({ kind: "tag", tag: "v1.0.0", commit }), "github:ada").thenFacts(
      fact("TagPushed", { tag: "v1.0.0", commit }),
      fact("PromotionStarted", { version: "1.0.0", stage: "prod" }),
      fact("ExposureRaised"),
    );
  });

  test("lets a release in that is published after its tag was pushed", () => {
    const { world } = given(
      byTag,
      step.forge({ kind: "tag", tag: "v1.0.0", commit }),
      step.publish("1.0.0", { commit }),
    );
    step.perform(world, step.caughtUp);
    expect(stageOf(world.state, "prod").live?.version).toBe("1.0.0");
  });

  test("keeps out what was built from another commit than the tag is at, until the tag is moved", () => {
    const { world } = waiting();
    world.must(step.forge({ kind: "tag", tag: "v1.0.0", commit: elsewhere }));
    expect(verdictOf(world, "1.0.0")).toMatchObject({
      verdict: "wait",
      reason: "tag v1.0.0 is at b2b2b2b2b2b2, but 1.0.0 was built from a1a1a1a1a1a1",
      who: "whoever puts the tag v1.0.0 at a1a1a1a1a1a1, or an operator: sluice promote 1.0.0 prod",
    });
    world.must(step.forge({ kind: "tag", tag: "v1.0.0", commit }));
    expect(stageOf(world.state, "prod").active).toBe("prod-1");
  });

  test("does not believe a tag of which no commit is known, where the release names one", () => {
    const { world } = waiting();
    world.must(step.forge({ kind: "tag", tag: "v1.0.0" }));
    expect(verdictOf(world, "1.0.0")).toMatchObject({ verdict: "wait", reason: expect.stringMatching(/not known/) });
    world.must(step.forge({ kind: "tag", tag: "v1.0.0", commit }));
    world.must(step.forge({ kind: "tag", tag: "v1.0.0" }));
    expect(world.state.forge.tags.get("v1.0.0")?.commit).toBe(commit);
  });

  test("asks no more of a release that names no commit than the tag of its version", () => {
    const { world } = given(byTag, step.publish("1.0.0"), step.forge({ kind: "tag", tag: "v1.0.0" }), step.caughtUp);
    expect(stageOf(world.state, "prod").live?.version).toBe("1.0.0");
  });

  test("with a tag that moves, goes by the commit alone", () => {
    const moving = pipelineOf("dev", { name: "prod", "promote-on": { tag: "production" } });
    const { world } = given(
      moving,
      step.publish("1.0.0", { commit: commit.slice(0, 8) }),
      step.publish("1.1.0"),
      step.forge({ kind: "tag", tag: "production", commit }),
    );
    expect(verdictOf(world, "1.0.0")).toMatchObject({ verdict: "pass" });
    expect(verdictOf(world, "1.1.0")).toMatchObject({ verdict: "wait", reason: expect.stringMatching(/--commit SHA/) });
  });

  test("keeps out what waits when the tag is deleted, and takes nothing away from what has begun", () => {
    const frozen = given(byTag, step.freeze("prod"), step.publish("1.0.0"), step.caughtUp);
    frozen.world.must(step.forge({ kind: "tag", tag: "v1.0.0" }));
    frozen.world.must(step.forge({ kind: "tag-deleted", tag: "v1.0.0" }));
    frozen.when(step.thaw("prod")).thenFacts(fact("StageThawed"));
    const begun = waiting();
    begun.world.must(step.forge({ kind: "tag", tag: "v1.0.0", commit }));
    begun.when(step.forge({ kind: "tag-deleted", tag: "v1.0.0" })).thenFacts(fact("TagDeleted"));
    step.perform(begun.world, step.caughtUp);
    expect(stageOf(begun.world.state, "prod").live?.version).toBe("1.0.0");
  });

  test("lets a person ask by hand, once", () => {
    const { when } = waiting();
    when(step.promote("1.0.0", "prod")).thenFacts(
      fact("PromotionAskedFor", { id: "prod-1" }),
      fact("PromotionStarted"),
      fact("ExposureRaised"),
    );
    when(step.promote("1.0.0", "prod")).thenNothing();
  });

  test("does not let the person who asked by hand approve it as well", () => {
    const gates = [{ approval: { from: ["alice", "bob"] } }];
    const pipeline = pipelineOf("dev", { name: "prod", "promote-on": { tag: "v*" }, gates });
    const { world, when } = given(pipeline, (world) => world.must(step.publish("1.0.0"), "ci"), step.caughtUp);
    world.must(step.promote("1.0.0", "prod"), "alice");
    when(step.approve("prod-1"), "alice").thenRejected("OWN_RELEASE", /alice asked for prod-1/);
    when(step.approve("prod-1"), "bob").thenFacts(
      fact("PromotionApproved"),
      fact("PromotionStarted"),
      fact("ExposureRaised"),
    );
  });

  test("still demands everything else: a tag opens no other gate", () => {
    const pipeline = pipelineOf("dev", { name: "prod", "promote-on": { tag: "v*" }, gates: [{ soak: "1h" }] });
    const tagged = given(pipeline, step.publish("1.0.0"), step.caughtUp);
    tagged.when(step.forge({ kind: "tag", tag: "v1.0.0" })).thenFacts(fact("TagPushed"));
    const back = given(pipeline, step.publish("1.0.0"), step.rollBack("dev"));
    back.when(step.forge({ kind: "tag", tag: "v1.0.0" })).thenFacts(fact("TagPushed"));
  });
});

describe("a stage that a merge promotes to", () => {
  test("takes the release whose commit was merged, whichever came first", () => {
    given(byMerge, step.publish("1.0.0", { commit }))
      .when(step.forge({ kind: "merge", branch: "main", commit }))
      .thenFacts(fact("CommitMerged", { branch: "main", commit }), fact("PromotionStarted"), fact("ExposureRaised"));
    given(byMerge, step.forge({ kind: "merge", branch: "main", commit }))
      .when(step.publish("1.0.0", { commit }))
      .thenFacts(
        fact("ReleasePublished"),
        fact("PromotionRequested"),
        fact("PromotionStarted"),
        fact("ExposureRaised"),
      );
  });

  test("takes the release of a commit that came into the branch by a merge commit", () => {
    const merged = { kind: "merge", branch: "main", commit: elsewhere, others: [commit] } as const;
    const { world, when } = given(byMerge, step.publish("1.0.0", { commit }));
    when(step.forge(merged)).thenFacts(
      fact("CommitMerged", { commit: elsewhere, others: [commit] }),
      fact("PromotionStarted"),
      fact("ExposureRaised"),
    );
    expect(world.state.forge.merges.get("main")?.size).toBe(2);
    when(step.forge(merged)).thenNothing();
  });

  test("waits for another commit's release, and says what is missing of one that names none", () => {
    const { world } = given(
      byMerge,
      step.publish("1.0.0", { commit: elsewhere }),
      step.publish("1.1.0"),
      step.forge({ kind: "merge", branch: "main", commit }),
    );
    expect(verdictOf(world, "1.0.0", "dev")).toMatchObject({
      verdict: "wait",
      reason: expect.stringMatching(/not merged/),
    });
    expect(verdictOf(world, "1.1.0", "dev")).toMatchObject({
      verdict: "wait",
      reason: expect.stringMatching(/--commit/),
    });
  });
});

describe("a delivery", () => {
  test("is taken once: neither its id nor its body is taken again", () => {
    const taken = given(byTag, step.forge({ kind: "tag", tag: "v1.0.0", commit }, { delivery: "one", body: "x" }));
    const again = { kind: "tag", tag: "v1.0.0", commit: elsewhere } as const;
    taken
      .when(step.forge(again, { delivery: "one", body: "y" }))
      .thenRejected("DELIVERY_REPLAYED", /one was taken before/);
    taken.when(step.forge(again, { delivery: "two", body: "x" })).thenRejected("DELIVERY_REPLAYED", /two was taken/);
    expect(taken.world.state.forge.tags.get("v1.0.0")?.commit).toBe(commit);
  });

  test("about what no stage asks for, or what is known, leaves no trace", () => {
    const { when, world } = given(byTag);
    when(step.forge({ kind: "tag", tag: "nightly", commit })).thenNothing();
    when(step.forge({ kind: "merge", branch: "main", commit })).thenNothing();
    when(step.forge({ kind: "tag-deleted", tag: "v9.9.9" })).thenNothing();
    world.must(step.forge({ kind: "tag", tag: "v1.0.0", commit }));
    when(step.forge({ kind: "tag", tag: "v1.0.0", commit })).thenNothing();
  });
});

describe("a hook", () => {
  test("is known by its id until it is removed", () => {
    const made = given(byTag, { type: "CreateHook", id: "github-1", kind: "github", repository: "Acme/App" });
    expect(made.world.state.forge.hooks.get("github-1")).toMatchObject({ repository: "acme/app", by: "alice" });
    made
      .when({ type: "RemoveHook", id: "github-2" })
      .thenRejected("HOOK_NOT_FOUND", /no hook "github-2"/, ["github-1"]);
    made.when({ type: "RemoveHook", id: "github-1" }).thenFacts(fact("HookRemoved", { repository: "acme/app" }));
    expect(made.world.state.forge.hooks.size).toBe(0);
  });

  test("is refused where there are as many as there may be", () => {
    const { world, when } = given(byTag);
    const hook = (id: string) => ({ type: "CreateHook", id, kind: "github", repository: "a/b" }) as const;
    for (let i = 0; i < 20; i++) world.must(hook(`github-${i}`));
    when(hook("github-20")).thenRejected("HOOK_LIMIT", /sluice hook remove/);
  });
});

test("a pattern asks about exactly the tags that it makes of versions", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("v*", "*", "app-*", "*-final", "r*x"),
      fc.string({ minLength: 1 }),
      (pattern, version) => {
        expect(tagMatches(pattern, tagFor(pattern, version))).toBe(true);
      },
    ),
  );
  expect(["v", "", "w1.0.0"].map((tag) => tagMatches("v*", tag))).toEqual([false, false, false]);
  expect(tagMatches("production", "production")).toBe(true);
  expect(tagMatches("production", "production2")).toBe(false);
  expect(tagFor("v*", "1.0.0+$&")).toBe("v1.0.0+$&");
});

test.each([
  ["{}", /exactly one event: tag, merge/],
  ["{ tag: v*, merge: main }", /exactly one event/],
  ['{ tag: "v**" }', /at most one star/],
  ['{ tag: "" }', /./],
  ['{ merge: "ma in" }', /name of a branch/],
])("promote-on: %s is refused", (text, message) => {
  const read = parsePipeline(`apiVersion: sluice/v1\napp: a\nstages:\n  - name: dev\n    promote-on: ${text}\n`);
  expect("problems" in read ? read.problems[0] : read).toMatchObject({
    line: 5,
    message: expect.stringMatching(message),
  });
});
