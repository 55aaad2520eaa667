import { expect, test } from "vitest";
import { hour, minute, Story } from "./story.ts";

const fromCi = ["tests", "coverage", "lint", "types", "security-scan", "benchmarks"];

/** Published, a day in staging, and everything but the approvals. */
async function validated(story: Story, version: string, at: number): Promise<void> {
  await story.publish(version);
  await story.at(at + 24 * hour);
  for (const name of fromCi) await story.check(version, name, "ci");
  await story.tickAll(version, "production", "qa");
}

test("a release is in staging at once, and waits there for a day, CI, 35 items and two approvals", async () => {
  const story = await Story.begin("staging");
  await story.publish("1.2.3");
  expect(story.live("staging")).toBe("1.2.3");
  const all = ["soak", ...fromCi.map(() => "check"), "checklist", "checklist", "approval", "approval"];
  expect(story.closed("1.2.3", "production")).toEqual(all);
  await story.at(24 * hour);
  expect(story.closed("1.2.3", "production")).toEqual(all.slice(1));
  for (const name of fromCi) await story.check("1.2.3", name, "ci");
  expect(await story.tickAll("1.2.3", "production", "qa")).toHaveLength(35);
  expect(story.closed("1.2.3", "production")).toEqual(["approval", "approval"]);
  await story.check("1.2.3", "api", "qa", "fail");
  expect(story.closed("1.2.3", "production")).toEqual(["checklist", "approval", "approval"]);
  await story.check("1.2.3", "api", "qa");
});

test("both leads approve, and the product owner as well where the version is a major one", async () => {
  const story = await Story.begin("staging");
  await validated(story, "1.0.0", 0);
  expect(await story.approve("production", "ci")).toMatchObject({ code: "APPROVER_NOT_NAMED" });
  expect(await story.approve("production", "team-lead")).toBeUndefined();
  expect(await story.approve("production", "team-lead")).toMatchObject({ code: "APPROVAL_EXISTS" });
  expect(await story.approve("production", "ops-lead")).toBeUndefined();
  // Nothing is live in production yet: the first release is a major one.
  expect(story.closed("1.0.0", "production")).toEqual(["approval"]);
  expect(await story.approve("production", "product-owner")).toBeUndefined();
  await story.at(25 * hour);
  expect(story.live("production")).toBe("1.0.0");

  await validated(story, "1.1.0", 25 * hour);
  for (const lead of ["team-lead", "ops-lead"]) expect(await story.approve("production", lead)).toBeUndefined();
  await story.at(60 * hour);
  expect(story.live("production")).toBe("1.1.0");

  await validated(story, "2.0.0", 60 * hour);
  for (const lead of ["team-lead", "ops-lead"]) expect(await story.approve("production", lead)).toBeUndefined();
  expect(story.closed("2.0.0", "production")).toEqual(["approval"]);
});

test("10 % more of the traffic each minute, and all of it after ten", async () => {
  const story = await Story.begin("staging");
  await validated(story, "1.0.0", 0);
  for (const person of ["team-lead", "ops-lead", "product-owner"]) await story.approve("production", person);
  for (let step = 1; step <= 9; step++) {
    expect(story.share("production")).toBe(10 * step);
    await story.at(24 * hour + step * minute - 1);
    expect(story.share("production")).toBe(10 * step);
    await story.at(24 * hour + step * minute);
  }
  expect(story.share("production") ?? 100).toBe(100);
  await story.at(24 * hour + 10 * minute);
  expect(story.live("production")).toBe("1.0.0");
});

test("an issue found in staging keeps a release there", async () => {
  const story = await Story.begin("staging");
  await validated(story, "1.0.0", 0);
  await story.must({ type: "OpenIssue", version: "1.0.0", title: "prices are stale", severity: "warning" }, "qa");
  expect(story.closed("1.0.0", "production")).toContain("no-issues");
});

test("an alarm that lasts two minutes takes the release back in the middle of the rollout", async () => {
  const story = await Story.begin("staging");
  await validated(story, "1.0.0", 0);
  for (const person of ["team-lead", "ops-lead", "product-owner"]) await story.approve("production", person);
  await story.at(60 * hour);
  expect(story.live("production")).toBe("1.0.0");
  await validated(story, "1.1.0", 60 * hour);
  const begin = 84 * hour;
  for (const person of ["team-lead", "ops-lead"]) await story.approve("production", person);
  await story.at(begin + 3 * minute + 30_000);
  const reached = story.share("production");
  expect(reached).toBeGreaterThanOrEqual(30);
  story.world.monitor.isBad = (version) => version === "1.1.0";
  await story.at(begin + 4 * minute);
  expect(story.share("production") ?? 0).toBeLessThanOrEqual(reached ?? 0);
  await story.at(begin + 7 * minute);
  expect(story.share("production")).toBeUndefined();
  expect(story.live("production")).toBe("1.0.0");
  await story.at(begin + 100 * hour);
  expect(story.live("production")).toBe("1.0.0");
});

test("throttling of the time before the rollout does not take it back", async () => {
  const story = await Story.begin("staging");
  await validated(story, "1.0.0", 0);
  story.world.monitor.isBad = () => true;
  for (const person of ["team-lead", "ops-lead", "product-owner"]) await story.approve("production", person);
  await story.at(24 * hour + minute - 1);
  story.world.monitor.isBad = () => false;
  await story.at(25 * hour);
  expect(story.live("production")).toBe("1.0.0");
});

test("without data the traffic stays where it is", async () => {
  const story = await Story.begin("staging");
  await validated(story, "1.0.0", 0);
  story.world.faults.monitor = "empty";
  for (const person of ["team-lead", "ops-lead", "product-owner"]) await story.approve("production", person);
  await story.at(30 * hour);
  expect(story.share("production")).toBe(10);
});

test("what fails in the last window, hours after the last step, still goes back", async () => {
  const story = await Story.begin("staging");
  await validated(story, "1.0.0", 0);
  for (const person of ["team-lead", "ops-lead", "product-owner"]) await story.approve("production", person);
  await story.at(50 * hour);
  await validated(story, "1.1.0", 50 * hour);
  for (const person of ["team-lead", "ops-lead"]) await story.approve("production", person);
  await story.at(94 * hour);
  expect(story.live("production")).toBe("1.1.0");
  story.world.monitor.isBad = (version) => version === "1.1.0";
  await story.at(95 * hour);
  expect(story.live("production")).toBe("1.0.0");
});
