import { describe, expect, test } from "vitest";
import { gateContext } from "../application/context.ts";
import { openProbes } from "../application/probes.ts";
import { parsePipeline } from "../pipeline/parse.ts";
import { pipelineOf } from "../testing/pipelines.ts";
import { fact, given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import { start, type World } from "../testing/world.ts";
import { evaluateGates } from "./registry.ts";

const minute = 60_000;
const api = { id: "api", title: "All API endpoints respond correctly" };
const latency = { id: "latency", title: "Prices in under 2 s", http: { url: "https://staging/price" } };
const byPeople = pipelineOf("dev", {
  name: "beta",
  gates: [{ checklist: [api, { id: "docs", title: "Docs are out" }] }],
});
const mixed = pipelineOf("dev", { name: "beta", gates: [{ checklist: [api, latency] }] });
const waiting = [step.publish("1.0.0"), step.caughtUp];

function listIn(world: World) {
  const context = gateContext(world.state, "beta", "1.0.0", world.now, world.measurements);
  return context && evaluateGates(context).find(({ gate }) => gate === "checklist");
}

const statusOf = (world: World) => world.state.promotions.get("beta-1")?.status;

describe("items that people tick", () => {
  test("all are asked for by name, with who can tick them", () => {
    expect(listIn(given(byPeople, ...waiting).world)).toMatchObject({
      verdict: "wait",
      reason: "0 of 2 items; api: not ticked; docs: not ticked",
      who: "a publisher, approver or operator: sluice check 1.0.0 ID pass --stage beta",
    });
  });

  test("the last tick lets the release in; who, when and why is kept, also of the publisher", () => {
    const { world, when } = given(byPeople, ...waiting, step.by("bob", step.report("1.0.0", "docs")));
    when({ ...step.report("1.0.0", "api"), comment: "42 of 42", url: "https://ci/42" }, "alice").thenFacts(
      fact("CheckReported", { name: "api", stage: "beta", result: "pass" }),
      fact("PromotionStarted"),
      fact("ExposureRaised"),
    );
    expect(listIn(world)).toMatchObject({
      verdict: "pass",
      reason: "2 of 2 items",
      evidence: {
        items: [
          { id: "api", by: "alice", at: "2024-03-15T10:00:00.000Z", comment: "42 of 42", url: "https://ci/42" },
          { id: "docs", by: "bob" },
        ],
      },
    });
  });

  test("one that is found wanting fails until it is ticked anew", () => {
    const { world } = given(byPeople, ...waiting, step.report("1.0.0", "api", "fail", { comment: "502 on /cart" }));
    expect(listIn(world)).toMatchObject({ verdict: "fail", reason: expect.stringMatching(/api: fail, 502 on \/cart/) });
  });

  test("a tick is of a release: the next one starts with none", () => {
    const { world } = given(byPeople, step.publish("0.9.0"), ...waiting, step.report("0.9.0", "api"));
    expect(listIn(world)).toMatchObject({ reason: "0 of 2 items; api: not ticked; docs: not ticked" });
  });
});

describe("items that the server answers", () => {
  const ticked = [...waiting, step.report("1.0.0", "api")];

  test("are asked as long as the promotion could enter, and when it rolls out", () => {
    const probes = (world: World) =>
      openProbes(world.state, world.now).map(({ promotion, item }) => [promotion.id, item]);
    expect(probes(given(mixed, step.publish("1.0.0")).world)).toEqual([]);
    expect(probes(given(mixed, ...ticked).world)).toEqual([["beta-1", "latency"]]);
    expect(probes(given(mixed, ...ticked, step.freeze("beta")).world)).toEqual([["beta-1", "latency"]]);
    expect(probes(given(mixed, ...ticked, step.probed("beta-1", "latency")).world)).toEqual([["beta-1", "latency"]]);
    expect(probes(given(mixed, ...ticked, step.abort("beta-1")).world)).toEqual([]);
    expect(probes(given(byPeople, ...waiting).world)).toEqual([]);
  });

  test("the answer is kept with what was found, and lets the release in", () => {
    const { world } = given(mixed, ...ticked, step.probed("beta-1", "latency"));
    expect(statusOf(world)).toBe("active");
    expect(listIn(world)).toMatchObject({
      verdict: "pass",
      until: start + 60 * minute,
      evidence: { items: [{ id: "api" }, { id: "latency", by: "sluice", found: { status: 200 } }] },
    });
  });

  test("that fails, fails; one that could not be asked waits", () => {
    const { world } = given(mixed, ...ticked, step.probed("beta-1", "latency", "fail", "took 3000 ms"));
    expect(listIn(world)).toMatchObject({
      verdict: "fail",
      reason: "1 of 2 items; latency: fail, took 3000 ms",
      who: expect.stringMatching(/asks again by itself$/),
    });
    const { world: unasked } = given(mixed, ...ticked, step.probed("beta-1", "latency", "error", "no route"));
    expect(listIn(unasked)).toMatchObject({ verdict: "wait", reason: "1 of 2 items; latency: error, no route" });
  });

  test("wears out, and is recorded anew only when it says something new", () => {
    const probe = step.probed("beta-1", "latency");
    const held = given(mixed, ...ticked, step.freeze("beta"), probe).world;
    const seq = () => held.state.seq;
    const before = seq();
    const again = () => step.perform(held, probe);
    held.now += 29 * minute;
    again();
    expect(seq()).toBe(before);
    held.now += minute;
    again();
    expect(seq()).toBe(before + 1);
    held.now += 60 * minute;
    expect(listIn(held)).toMatchObject({ verdict: "wait", reason: "1 of 2 items; latency: answered too long ago" });
    step.perform(held, step.probed("beta-1", "latency", "fail", "answered 500"));
    expect(seq()).toBe(before + 2);
  });

  test("of another pipeline, or of what has ended, says nothing", () => {
    const { world, when } = given(mixed, ...ticked);
    const finding = { verdict: "pass", reason: "answered 200", evidence: {} } as const;
    when({ type: "RecordProbe", id: "beta-1", item: "latency", pipeline: "0".repeat(64), finding }).thenNothing();
    when({
      type: "RecordProbe",
      id: "beta-9",
      item: "latency",
      pipeline: world.state.pipeline?.digest ?? "",
      finding,
    }).thenNothing();
    const changed = pipelineOf("dev", {
      name: "beta",
      gates: [{ checklist: [api, { ...latency, http: { url: "https://production/price" } }] }],
    });
    const frozen = given(mixed, ...ticked, step.freeze("beta"), step.probed("beta-1", "latency")).world;
    expect(listIn(frozen)?.verdict).toBe("pass");
    frozen.must(step.apply(changed));
    expect(listIn(frozen)).toMatchObject({ verdict: "wait", reason: "1 of 2 items; latency: not answered yet" });
  });

  test("nobody can tick, and no tick from before counts", () => {
    const { when, world } = given(byPeople, ...waiting, step.report("1.0.0", "docs"));
    world.must(step.apply(pipelineOf("dev", { name: "beta", gates: [{ checklist: [{ ...latency, id: "docs" }] }] })));
    expect(listIn(world)).toMatchObject({ reason: "0 of 1 items; docs: not answered yet" });
    when(step.report("1.0.0", "docs")).thenRejected("CHECK_PROBED", /"docs" of beta is answered by the server/);
  });
});

test("a checklist and a check of the same stage are two gates, and both must pass", () => {
  const gates = [{ checklist: [api] }, { check: { name: "scan" } }];
  const { world } = given(pipelineOf("dev", { name: "beta", gates }), ...waiting, step.report("1.0.0", "api"));
  expect(statusOf(world)).toBe("waiting");
  world.must(step.report("1.0.0", "scan"));
  expect(statusOf(world)).toBe("active");
});

test.each([
  ["[]", /expected|must|small/i],
  ["[{ id: a, title: A }, { id: a, title: B }]", /must not name an item twice/],
  ['[{ id: a, title: A, http: { url: "http://x" }, command: { run: [x] } }]', /must not have both http and command/],
  ["[{ id: a }]", /title|missing/],
])("a list like %s is refused where it stands", (list, message) => {
  const text = `apiVersion: sluice/v1\napp: a\nstages:\n  - name: dev\n    gates:\n      - checklist: ${list}\n`;
  const read = parsePipeline(text);
  expect("problems" in read && read.problems[0]).toMatchObject({ line: 6, message: expect.stringMatching(message) });
});
