import { describe, expect, test } from "vitest";
import type { Finding } from "../../analysis/finding.ts";
import { gateContext } from "../../application/context.ts";
import { openProbes } from "../../application/probes.ts";
import { parsePipeline } from "../../pipeline/parse.ts";
import { pipelineOf } from "../../testing/pipelines.ts";
import { fact, given } from "../../testing/scenario.ts";
import * as step from "../../testing/steps.ts";
import { start, type World } from "../../testing/world.ts";
import { evaluateGates } from "../registry.ts";

const minute = 60_000;
const commit = "c0ffee".padEnd(40, "0");
const repository = "https://forge.example/shop.git";
const gate = { repository, signed: true };
const item = `signed tag v{version} and branch main of ${repository}`;
const pipeline = pipelineOf("dev", { name: "beta", gates: [{ git: gate }] });
const waiting = [step.publish("1.0.0", { commit }), step.caughtUp];
const good: Finding = { verdict: "pass", reason: "it is so", evidence: { signer: "carol@example" } };

const found =
  (finding: Finding, name = item) =>
  (world: World) =>
    world.must(
      { type: "RecordProbe", id: "beta-1", item: name, pipeline: world.state.pipeline?.digest ?? "", finding },
      "sluice",
    );

function gateIn(world: World) {
  const context = gateContext(world.state, "beta", "1.0.0", world.now, world.measurements);
  return context && evaluateGates(context).find((one) => one.gate === "git");
}

const statusOf = (world: World) => world.state.promotions.get("beta-1")?.status;

describe("what the server is asked", () => {
  test("is about the release's commit, under the names that the pipeline gives", () => {
    expect(openProbes(given(pipeline, ...waiting).world.state, start)).toMatchObject([
      {
        item,
        maxAge: 60 * minute,
        question: { git: { repository, commit, tag: "v1.0.0", signed: true, branch: "main" } },
      },
    ]);
    const branchOnly = pipelineOf("dev", {
      name: "beta",
      gates: [{ git: { repository, tag: false, branch: "next" } }],
    });
    expect(openProbes(given(branchOnly, ...waiting).world.state, start)).toMatchObject([
      {
        item: `branch next of ${repository}`,
        question: { git: { repository, commit, signed: false, branch: "next" } },
      },
    ]);
  });

  test("is nothing about a release that names no commit, which fails", () => {
    const { world } = given(pipeline, step.publish("1.0.0"), step.caughtUp);
    expect(openProbes(world.state, world.now)).toEqual([]);
    expect(gateIn(world)).toMatchObject({
      verdict: "fail",
      reason: "the release names no commit",
      who: expect.stringMatching(/sluice publish --commit SHA/),
    });
  });
});

describe("the gate", () => {
  test("waits until the server has asked", () => {
    expect(gateIn(given(pipeline, ...waiting).world)).toMatchObject({
      verdict: "wait",
      reason: `${repository} was not asked yet`,
      evidence: { repository, commit },
    });
  });

  test("passes with what was found, and lets the release in", () => {
    const { world, when } = given(pipeline, ...waiting);
    const digest = world.state.pipeline?.digest ?? "";
    when({ type: "RecordProbe", id: "beta-1", item, pipeline: digest, finding: good }, "sluice").thenFacts(
      fact("ItemProbed", { item, result: "pass", stage: "beta", version: "1.0.0" }),
      fact("PromotionStarted"),
      fact("ExposureRaised"),
    );
    expect(gateIn(world)).toMatchObject({
      verdict: "pass",
      reason: "it is so",
      until: start + 60 * minute,
      evidence: { signer: "carol@example", by: "sluice", staleAt: "2024-03-15T11:00:00.000Z" },
    });
  });

  test("fails with what is missing, and waits where the repository could not be asked", () => {
    const failed = given(
      pipeline,
      ...waiting,
      found({ ...good, verdict: "fail", reason: "tag v1.0.0 does not exist" }),
    );
    expect(gateIn(failed.world)).toMatchObject({
      verdict: "fail",
      reason: "tag v1.0.0 does not exist",
      who: `whoever may push to ${repository}: the server asks again by itself`,
    });
    const gone = given(pipeline, ...waiting, found({ ...good, verdict: "error", reason: "could not be asked" })).world;
    expect(gateIn(gone)).toMatchObject({ verdict: "wait", reason: "could not be asked" });
    expect(statusOf(gone)).toBe("waiting");
  });

  test("names what is missing now, not what was missing before", () => {
    const { world } = given(
      pipeline,
      ...waiting,
      found({ ...good, verdict: "fail", reason: "tag v1.0.0 does not exist" }),
    );
    const before = world.state.seq;
    found({ ...good, verdict: "fail", reason: "tag v1.0.0 does not exist" })(world);
    expect(world.state.seq).toBe(before);
    found({ ...good, verdict: "fail", reason: "c0ffee is not on main" })(world);
    expect(gateIn(world)?.reason).toBe("c0ffee is not on main");
  });

  test("waits again when the answer is too old", () => {
    const { world } = given(pipeline, ...waiting, step.freeze("beta"), found(good));
    world.now += 60 * minute - 1;
    expect(gateIn(world)?.verdict).toBe("pass");
    world.now += 1;
    expect(gateIn(world)).toMatchObject({ verdict: "wait", reason: expect.stringMatching(/asked too long ago/) });
  });

  test("takes no answer from before the pipeline changed, nor to another question, nor a person's", () => {
    const { world, when } = given(pipeline, ...waiting, step.freeze("beta"), found(good));
    world.must(step.apply(pipelineOf("dev", { name: "beta", gates: [{ git: gate }, { "no-issues": {} }] })));
    expect(gateIn(world)).toMatchObject({ verdict: "wait", reason: `${repository} was not asked yet` });
    found(good, `tag v{version} and branch main of ${repository}`)(world);
    expect(gateIn(world)?.verdict).toBe("wait");
    when(step.report("1.0.0", item)).thenRejected("CHECK_NOT_FOUND", /No gate asks/);
  });
});

describe("with other gates of the stage, both must pass", () => {
  test("an approval", () => {
    const gates = [{ git: gate }, { approval: { from: ["bob"] } }];
    const both = pipelineOf("dev", { name: "beta", gates });
    const { world } = given(both, ...waiting, found(good));
    expect(statusOf(world)).toBe("waiting");
    world.must(step.approve("beta-1"), "bob");
    expect(statusOf(world)).toBe("active");
    const approved = given(both, ...waiting, step.by("bob", step.approve("beta-1"))).world;
    expect(statusOf(approved)).toBe("waiting");
    found(good)(approved);
    expect(statusOf(approved)).toBe("active");
  });

  test("a window that opens only after the answer wore out", () => {
    const window = { days: ["fri" as const], from: "12:00", to: "18:00", zone: "UTC" };
    const { world } = given(
      pipelineOf("dev", { name: "beta", gates: [{ git: gate }, { window }] }),
      ...waiting,
      found(good),
    );
    world.pass(121 * minute);
    expect(statusOf(world)).toBe("waiting");
    found(good)(world);
    expect(statusOf(world)).toBe("active");
  });
});

test.each([
  ["{ repository: --upload-pack=x }", /must be https/],
  ['{ repository: "ext::sh -c x" }', /must be https/],
  ['{ repository: "http://forge/x" }', /must be https/],
  ['{ repository: "https://bob:secret@forge/x" }', /without a user/],
  ['{ repository: "ssh://-oProxyCommand=x/y" }', /must be https/],
  ["{ repository: /etc/shop.git }", /must be https/],
  ["{ repository: shop/../../x }", /must be https/],
  ['{ repository: shop.git, tag: "-v{version}" }', /name of a tag/],
  ['{ repository: shop.git, tag: "v*" }', /name of a tag/],
  ["{ repository: shop.git, branch: a..b }", /name of a branch/],
  ["{ repository: shop.git, tag: false, branch: false }", /a tag or a branch/],
  ["{ repository: shop.git, tag: false, signed: true }", /without a tag/],
  ["{ repository: shop.git, max-age: 5s }", /at least 1m/],
])("a gate like %s is refused where it stands", (config, message) => {
  const text = `apiVersion: sluice/v1\napp: a\nstages:\n  - name: dev\n    gates:\n      - git: ${config}\n`;
  const read = parsePipeline(text);
  expect("problems" in read && read.problems[0]).toMatchObject({ line: 6, message: expect.stringMatching(message) });
});

test.each([
  "https://forge.example/a/b.git",
  "ssh://git@forge:22/a",
  "git@forge.example:a/b.git",
  "shop.git",
  "a/b-c/.git",
])("%s can be asked", (name) => {
  const text = `apiVersion: sluice/v1\napp: a\nstages:\n  - name: dev\n    gates:\n      - git: { repository: "${name}" }\n`;
  expect(parsePipeline(text)).toHaveProperty("pipeline");
});
