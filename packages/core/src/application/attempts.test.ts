import { expect, test } from "vitest";
import { pipelineOf } from "../testing/pipelines.ts";
import { given } from "../testing/scenario.ts";
import * as step from "../testing/steps.ts";
import { attemptKey, latestAttempts } from "./attempts.ts";

test("what clients say of a version is about its latest attempt", () => {
  const past = [step.publish("1.0.0"), step.caughtUp, step.publish("1.1.0"), step.caughtUp, step.rollBack("dev")];
  const { world } = given(pipelineOf("dev", { name: "beta", gates: [{ soak: "1h" }] }), ...past);
  world.must(step.promote("1.1.0", "dev", "it was not at fault"));
  const latest = latestAttempts(world.state);
  expect(latest.get(attemptKey("dev", "1.0.0"))).toMatchObject({ promotion: "dev-1", again: false });
  expect(latest.get(attemptKey("dev", "1.1.0"))).toMatchObject({ promotion: "dev-3", again: true });
  expect(latest.get(attemptKey("beta", "1.1.0"))).toBeUndefined();
  expect(latestAttempts(world.state)).toBe(latest);
});
