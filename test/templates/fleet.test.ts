import { Random } from "@sluice/sim/fleet/random.ts";
import { SimulatedFleet } from "@sluice/sim/world/fleet.ts";
import { expect, test } from "vitest";
import { hour, minute, Story } from "./story.ts";

/** Installations that ask for updates. @param bad a version that fails on every second of them */
function fleetOf(story: Story, channel: string, size: number, pollMs: number, bad?: string): SimulatedFleet {
  return new SimulatedFleet({
    world: story.world,
    random: new Random(size),
    clients: Array.from({ length: size }, (_, i) => ({
      id: `${channel}-${i}`,
      channel,
      region: "eu",
      address: "127.0.0.1",
      version: undefined,
      refused: new Set<string>(),
    })),
    pollMs,
    failureRate: (version) => (version === bad ? 0.5 : 0),
    isDark: () => false,
  });
}

/** The company's own installations, which ask all the time, and the customers', which ask every six hours. */
function fleets(story: Story, bad: { readonly own?: string; readonly customers?: string } = {}) {
  fleetOf(story, "staging", 20, 5 * minute, bad.own);
  return fleetOf(story, "stable", 400, 6 * hour, bad.customers);
}

const leads = ["technical-lead", "operations-lead", "ops-team@company.com"];
const everybody = [...leads, "product-owner"];

/** Published, tested, checked and approved, as early as that can be. @returns when the customers begin to get it, in ms */
async function released(story: Story, version: string, at: number, ...approvers: string[]): Promise<number> {
  await story.at(at);
  await story.publish(version);
  for (const name of ["security-scan", "license-validation", "dependency-audit"])
    await story.check(version, name, "ci");
  await story.at(at + 73 * hour - minute);
  for (const approver of approvers) expect(await story.approve("stable", approver)).toBeUndefined();
  for (let now = at + 73 * hour; now < at + 74 * hour; now += 5 * minute) {
    await story.at(now);
    if (story.share("stable") !== undefined) return now;
  }
  return at + 74 * hour;
}

test("a day in dev, the canary by quarters, 48 hours in both test environments, then 5 % 24 h, 25 % 48 h, 75 % 24 h", async () => {
  const story = await Story.begin("fleet");
  fleets(story);
  await story.publish("1.0.0");
  await story.at(24 * hour - 1);
  expect(story.share("staging")).toBeUndefined();
  const shares: (number | undefined)[] = [];
  for (let quarter = 0; quarter < 4; quarter++) {
    await story.at(24 * hour + quarter * 15 * minute + 14 * minute);
    shares.push(story.share("staging") ?? 100);
  }
  expect(shares).toEqual([25, 50, 75, 100]);
  await story.at(72 * hour);
  expect([story.live("staging"), story.live("qa")]).toEqual(["1.0.0", "1.0.0"]);
  expect(story.closed("1.0.0", "stable")).toEqual([
    "approval",
    "tested-in",
    "check",
    "check",
    "check",
    "approval",
    "approval",
  ]);
  for (const name of ["security-scan", "license-validation", "dependency-audit"])
    await story.check("1.0.0", name, "ci");
  await story.at(73 * hour);
  expect(story.closed("1.0.0", "stable")).toEqual(["approval", "approval", "approval"]);
  for (const person of everybody) expect(await story.approve("stable", person)).toBeUndefined();
  const begin = 73 * hour;
  for (const [hours, share] of [
    [0, 5],
    [24 - 0.01, 5],
    [24, 25],
    [72 - 0.01, 25],
    [72, 75],
    [96 - 0.01, 75],
  ] as const) {
    await story.at(begin + hours * hour);
    expect([hours, story.share("stable")]).toEqual([hours, share]);
  }
  await story.at(begin + 97 * hour);
  expect(story.live("stable")).toBe("1.0.0");
});

test("the product owner is asked for a major version alone", async () => {
  const story = await Story.begin("fleet");
  fleets(story);
  const first = await released(story, "1.0.0", 0, ...everybody);
  const second = await released(story, "1.1.0", first + 97 * hour, ...leads);
  expect(story.share("stable")).toBe(5);
  await released(story, "2.0.0", second + 97 * hour, ...leads);
  expect(story.live("stable")).toBe("1.1.0");
  expect(story.closed("2.0.0", "stable")).toEqual(["approval"]);
});

test("a release that fails in the company's own installations stays at the canary's first quarter, and reaches no customer", async () => {
  const story = await Story.begin("fleet");
  const customers = fleets(story, { own: "1.1.0" });
  const later = (await released(story, "1.0.0", 0, ...everybody)) + 97 * hour;
  await story.at(later);
  expect(story.live("stable")).toBe("1.0.0");
  await story.publish("1.1.0");
  await story.at(later + 30 * hour);
  expect(story.live("staging")).toBe("1.0.0");
  expect(story.share("staging") ?? 0).toBeLessThanOrEqual(25);
  await story.at(later + 200 * hour);
  expect(customers.offers.filter(({ to }) => to === "1.1.0")).toEqual([]);
});

test("one that fails only at customers comes back by itself from the few of the first 5 %", async () => {
  const story = await Story.begin("fleet");
  const customers = fleets(story, { customers: "1.1.0" });
  const later = (await released(story, "1.0.0", 0, ...everybody)) + 97 * hour;
  await released(story, "1.1.0", later, ...leads);
  await story.at(later + 150 * hour);
  expect(story.live("stable")).toBe("1.0.0");
  const tried = new Set(customers.offers.filter(({ to }) => to === "1.1.0").map(({ client }) => client));
  expect(tried.size).toBeGreaterThan(0);
  expect(tried.size).toBeLessThan(400 * 0.1);
});

test("the policy holds whatever the pipeline says: without its gates a release waits for the same", async () => {
  const story = await Story.begin("fleet");
  const { pipeline } = story.state.pipeline ?? {};
  if (pipeline === undefined) throw new Error("there is no pipeline");
  const bare = pipeline.stages.map((stage) => ({ ...stage, gates: [] }));
  await story.must({ type: "ApplyPipeline", pipeline: { ...pipeline, stages: bare }, source: "" }, "somebody");
  fleets(story);
  await story.publish("1.0.0");
  await story.at(200 * hour);
  expect(story.closed("1.0.0", "stable")).toEqual(["approval", "check", "check", "check"]);
  const without = bare.filter(({ name }) => name !== "qa");
  const refused = await story.does(
    { type: "ApplyPipeline", pipeline: { ...pipeline, stages: without }, source: "" },
    "somebody",
  );
  expect(refused).toMatchObject({ code: "POLICY_VIOLATED", message: expect.stringMatching(/tested in qa/) });
});
