import { describe, expect, test } from "vitest";
import { stagesOf } from "../../application/context.ts";
import { stageOf } from "../../application/state.ts";
import { outsideTargets } from "../../targets/outside.ts";
import { pipelineOf } from "../../testing/pipelines.ts";
import { given } from "../../testing/scenario.ts";
import * as step from "../../testing/steps.ts";
import type { World } from "../../testing/world.ts";
import { concernsIncidents, type IncidentCounts, incidentsOf } from "./incident.ts";

const pipeline = pipelineOf({
  name: "dev",
  rollout: { steps: [{ to: "10%", hold: "10m" }, { to: "100%" }] },
});
const good = [step.publish("1.0.0"), step.passing("1h")];
const harmed = [
  ...good,
  step.publish("2.0.0"),
  step.caughtUp,
  step.later("5m"),
  step.reported({ stage: "dev", version: "2.0.0", failed: 10 }),
  (world: World) => {
    world.advance();
  },
];

function incidents(world: World, counts: readonly IncidentCounts[] = []) {
  return incidentsOf(world.state, world.log, counts);
}

const whats = (world: World, index = 0) => incidents(world)[index]?.timeline.map(({ what }) => what);

describe("a rollback of a stage that has targets and no feed", () => {
  const outside = pipelineOf({ name: "dev", targets: [{ command: { deploy: "./deploy.sh" } }] });
  const applied = (world: World) => {
    const { demand } = stageOf(world.state, "dev");
    const [target] = outsideTargets(stagesOf(world.state)[0]);
    if (demand === undefined || target === undefined) throw new Error("nothing is asked for");
    const { main, asked, leaving } = demand;
    const result = { stage: "dev", target: target.name, config: target.config, asked, main, evidence: {} };
    const left = leaving === undefined ? {} : { leaving };
    world.must({ type: "RecordTarget", result: { ...result, ...left } }, "sluice");
  };

  test("is open until its targets have gone back, and then nobody is asked for a feed", () => {
    const { world } = given(
      outside,
      ...["1.0.0", "2.0.0"].flatMap((version) => [step.publish(version), applied, step.caughtUp]),
    );
    world.must(step.rollBack("dev"));
    expect(incidents(world)[0]).toMatchObject({
      status: "open",
      withoutClients: true,
      followUps: ["Find out why dev has not gone back yet: sluice status", "Publish a version above 2.0.0"],
    });
    world.now += 3_000;
    applied(world);
    expect(incidents(world)[0]).toMatchObject({
      status: "resolved",
      durations: { exposedMs: 0, rollbackToServedMs: 3_000 },
      followUps: ["Publish a version above 2.0.0"],
    });
    expect(incidents(world)[0]?.timeline.at(-1)).toMatchObject({
      what: "way-back-served",
      text: "dev has 1.0.0 again",
    });
    const kept = world.log.filter((event) => concernsIncidents(world.state, event));
    expect(incidentsOf(world.state, kept, [])).toEqual(incidents(world));
  });
});

describe("an automatic rollback", () => {
  test("has its cause, its proof and the whole timeline", () => {
    const { world } = given(pipeline, ...harmed, step.later("2s"), step.feedsPublished);
    const [incident] = incidents(world, [{ channel: "dev", version: "2.0.0", reached: 10, failed: 10, rolledBack: 8 }]);
    expect(incident).toMatchObject({
      id: "incident-1",
      app: "myapp",
      stage: "dev",
      promotion: "dev-2",
      from: "2.0.0",
      to: "1.0.0",
      cause: "analysis",
      reason: expect.stringMatching(/10 of 10 clients failed/),
      evidence: { analysis: [{ analysis: "stop-test", evidence: { failed: 10, limitBasisPoints: 100 } }] },
      status: "open",
      rolledBackAt: "2024-03-15T11:05:00.000Z",
      exposure: { basisPoints: 1_000, reached: 10, harmed: 10, rolledBack: 8 },
      who: { publishedBy: "alice", requestedBy: "alice", rolledBackBy: "sluice", automatic: true, told: [] },
      durations: { exposedMs: 300_000, harmToRollbackMs: 0, rollbackToServedMs: 2_000 },
      issues: [{ id: "issue-1", severity: "critical", resolved: false }],
      followUps: [
        "Follow up the clients that took 2.0.0 in dev and have not reported going back: 2",
        expect.stringMatching(/^Resolve issue-1: /),
        "Publish a version above 2.0.0",
      ],
    });
    expect(whats(world)).toEqual([
      "requested",
      "started",
      "exposure-asked",
      "exposure-served",
      "issue-opened",
      "harm-measured",
      "rolled-back",
      "way-back-served",
    ]);
  });

  test("is open until the way back is served and its issues are resolved", () => {
    const { world } = given(pipeline, ...harmed);
    expect(incidents(world)[0]).toMatchObject({
      status: "open",
      followUps: [expect.stringMatching(/^Find out why/), {}, {}],
    });
    expect(incidents(world)[0]?.durations).not.toHaveProperty("rollbackToServedMs");
    world.catchUp();
    expect(incidents(world)[0]?.status).toBe("open");
    world.must(step.resolveIssue("issue-1"));
    expect(incidents(world)[0]).toMatchObject({ status: "resolved", followUps: ["Publish a version above 2.0.0"] });
    expect(whats(world)?.at(-1)).toBe("issue-resolved");
  });

  test("counts from the first sign of harm, also when a person then decides", () => {
    const pausing = pipelineOf({
      name: "dev",
      rollout: { steps: [{ to: "10%" }, { to: "100%" }] },
      "on-failure": "pause",
    });
    const { world } = given(
      pausing,
      step.publish("1.0.0"),
      step.feedsPublished,
      step.reported({ stage: "dev", version: "1.0.0", failed: 10 }),
      (at: World) => {
        at.advance();
        at.publishFeeds();
        at.advance();
      },
      step.later("20m"),
      step.rollBack("dev"),
    );
    expect(incidents(world)[0]).toMatchObject({
      to: null,
      cause: "manual",
      durations: { harmToRollbackMs: 1_200_000 },
      who: { rolledBackBy: "alice", automatic: false },
      followUps: expect.arrayContaining(["Give dev a release: there was none to go back to"]),
    });
  });
});

test("incidents are numbered in the order of the log, and each has only what is its own", () => {
  const { world } = given(
    pipelineOf("dev"),
    step.publish("1.0.0"),
    step.caughtUp,
    step.publish("1.1.0"),
    step.caughtUp,
    step.rollBack("dev"),
    step.caughtUp,
    step.publish("1.2.0"),
    step.caughtUp,
    step.openIssue("1.1.0"),
    step.withdraw("1.2.0", "leaks"),
    step.caughtUp,
  );
  expect(incidents(world).map(({ id, from, to, cause }) => [id, from, to, cause])).toEqual([
    ["incident-1", "1.1.0", "1.0.0", "manual"],
    ["incident-2", "1.2.0", "1.0.0", "withdrawn"],
  ]);
  expect(whats(world, 1)).toEqual([
    "requested",
    "started",
    "exposure-asked",
    "exposure-served",
    "completed",
    "withdrawn",
    "rolled-back",
    "way-back-served",
  ]);
  expect(incidents(world)[1]?.issues).toEqual([]);
});

test("an override is named", () => {
  const { world } = given(
    pipelineOf("dev", { name: "beta", gates: [{ soak: "1h" }] }),
    step.publish("1.0.0"),
    step.caughtUp,
    step.promote("1.0.0", "beta", "urgent"),
    step.rollBack("beta"),
  );
  expect(incidents(world)[0]?.who.override).toEqual({ by: "alice", reason: "urgent" });
  expect(whats(world)).toContain("overridden");
  expect(incidents(world)[0]?.followUps).toContain("Decide about 1.0.0 in dev, where it is still live");
});

test("the events that concern no incident can be left out", () => {
  const { world } = given(pipeline, ...harmed, step.caughtUp);
  const kept = world.log.filter((event) => concernsIncidents(world.state, event));
  expect(kept.length).toBeLessThan(world.log.length);
  expect(incidentsOf(world.state, kept, [])).toEqual(incidents(world));
});
