import { expect, test } from "vitest";
import { isRejection } from "../errors/rejection.ts";
import { pipelineOf } from "../testing/pipelines.ts";
import { given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import { explain } from "./why.ts";

test("a release that four gates hold back: each is named, with who can open it and when at the earliest", () => {
  const gates = [
    { soak: "72h" },
    { approval: { from: ["tech-lead", "ops-lead"], count: 2 } },
    { check: { name: "security-scan", "max-age": "48h" } },
    { window: { days: ["sat" as const, "sun" as const], from: "02:00", to: "06:00", zone: "UTC" } },
  ];
  const { world } = given(
    pipelineOf("dev", { name: "stable", gates }),
    step.by("ci", step.publish("1.0.0")),
    step.caughtUp,
    step.by("tech-lead", step.approve("stable-1")),
  );
  const why = explain(world.state, { version: "1.0.0", stage: "stable" }, [], world.now);
  if (isRejection(why)) throw new Error(why.message);
  expect(why.summary).toBe(
    "1.0.0 waits for stable: soak (soaks 3d in dev); approval (1 of 2 approvals (tech-lead)); check (no result of security-scan was reported); window (the window is closed).",
  );
  expect(
    why.gates.filter(({ verdict }) => verdict !== "pass").map(({ gate, who, until }) => [gate, who, until]),
  ).toEqual([
    ["soak", "nobody but time", "2024-03-18T10:00:00.000Z"],
    ["approval", "tech-lead, ops-lead, but not ci: sluice approve 1.0.0 stable", undefined],
    ["check", "CI, or a publisher, approver or operator: sluice check 1.0.0 security-scan pass", undefined],
    ["window", "nobody but time, or whoever changes the pipeline", "2024-03-16T02:00:00.000Z"],
  ]);
  // The soak ends on a Monday; the window opens on the Saturday after.
  expect(why).toMatchObject({ notBefore: "2024-03-23T02:00:00.000Z" });
  expect(why).not.toHaveProperty("earliest");
});
