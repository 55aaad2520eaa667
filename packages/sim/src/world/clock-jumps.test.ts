import { stageOf } from "@sluice/core/application/state.ts";
import { manifestOf } from "@sluice/core/testing/manifests.ts";
import { pipelineOf, type StageInput } from "@sluice/core/testing/pipelines.ts";
import { afterEach, expect, test } from "vitest";
import { World } from "./world.ts";

const hour = 3_600_000;
const minute = 60_000;

let world: World;
let begin: number;

type Gates = NonNullable<Exclude<StageInput, string>["gates"]>;

/** 1.0.0 waits for prod, on a server whose clock can be set wrong. */
async function waiting(gates: Gates): Promise<void> {
  world = new World("myapp");
  await world.boot();
  await world.command({ type: "ApplyPipeline", pipeline: pipelineOf("dev", { name: "prod", gates }), source: "" });
  await world.command({ type: "PublishRelease", manifest: manifestOf("1.0.0") }, "ci");
  await world.clock.moveTo(world.clock.now());
  begin = world.clock.now();
}

const at = (hours: number) => world.clock.moveTo(begin + hours * hour);
const wrongBy = (hours: number) => {
  world.faults.clockErrorMs = hours * hour;
};
const isIn = () => stageOf(world.state() ?? expect.fail(), "prod").live?.version === "1.0.0";
const says = async () => {
  await world.command({ type: "OpenIssue", version: "1.0.0", title: "somebody says something", severity: "info" });
};

afterEach(() => {
  world.faults.clockErrorMs = 0;
});

/** What opens 24 hours after the beginning. */
const day: readonly (readonly [name: string, gates: Gates])[] = [
  ["a soak", [{ soak: "24h" }]],
  ["a test that has to last", [{ "tested-in": { stages: ["dev"], for: "24h" } }]],
];

test.each(day)(
  "%s under a clock that is set back opens not early, and not later than the clock was wrong",
  async (_, which) => {
    await waiting(which);
    await at(10);
    wrongBy(-6);
    await says();
    await at(24);
    expect(isIn()).toBe(false);
    await at(30 + 1 / 60);
    expect(isIn()).toBe(true);
  },
);

test.each(day)("%s under a clock that is set back and right again opens when it should", async (_, which) => {
  await waiting(which);
  await at(10);
  wrongBy(-6);
  await says();
  await at(14);
  wrongBy(0);
  await says();
  await at(24 - 1 / 60);
  expect(isIn()).toBe(false);
  await at(24 + 1 / 60);
  expect(isIn()).toBe(true);
});

test.each(day)(
  "%s under a clock that ran ahead and was set right: time stands still until then, and goes on",
  async (_, which) => {
    await waiting(which);
    await at(2);
    wrongBy(10);
    await says();
    await at(3);
    wrongBy(0);
    await says();
    await at(24 - 1 / 60);
    expect(isIn()).toBe(false);
    await at(24 + 1 / 60);
    expect(isIn()).toBe(true);
  },
);

test("an approval does not outlive its time under a clock that is set back for good, and a frozen stage thaws", async () => {
  await waiting([{ approval: { from: ["bob"], expires: "10h" } }, { soak: "24h" }]);
  await world.command({ type: "ApprovePromotion", id: "prod-1", groups: [], comment: "" }, "bob");
  await at(5);
  wrongBy(-100);
  await says();
  await at(24 + 100 + 1);
  expect(isIn()).toBe(false);
  await world.command({ type: "ApprovePromotion", id: "prod-1", groups: [], comment: "" }, "bob");
  await at(24 + 100 + 2);
  expect(isIn()).toBe(true);
});

test("a window and a freeze open by the clock when it is right again", async () => {
  await waiting([
    { window: { days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], from: "00:00", to: "24:00", zone: "UTC" } },
    { soak: "1h" },
  ]);
  await world.command({ type: "FreezeStage", stage: "prod", reason: "holidays", until: begin + 24 * hour });
  await at(20);
  wrongBy(-12);
  await says();
  await at(23);
  wrongBy(0);
  await says();
  await at(24 - 1 / 60);
  expect(isIn()).toBe(false);
  await world.clock.moveTo(begin + 24 * hour + minute);
  expect(isIn()).toBe(true);
});

test("a clock that is set back makes nobody silent who has just been let in", async () => {
  world = new World("myapp");
  await world.boot();
  const rollout = { evidence: { soak: "0h", "report-deadline": "30m" } };
  await world.command({ type: "ApplyPipeline", pipeline: pipelineOf({ name: "dev", rollout }), source: "" });
  await world.command({ type: "PublishRelease", manifest: manifestOf("1.0.0") }, "ci");
  await world.clock.moveTo(world.clock.now());
  wrongBy(-2);
  const ask = { app: "myapp", channel: "dev", promotion: "dev-1", groups: [], stranger: false };
  const letIn = (clientId: string) => world.node.plane.admit({ ...ask, clientId });
  expect(await Promise.all(["a", "b", "c", "d"].map(letIn))).toEqual([true, true, false, false]);
  await world.clock.moveTo(world.clock.now() + 10 * minute);
  expect(await Promise.all(["c", "d"].map(letIn))).toEqual([false, false]);
  expect(world.state()?.promotions.get("dev-1")?.status).toBe("active");
});
