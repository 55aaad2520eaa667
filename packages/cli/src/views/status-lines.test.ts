import { pipelineOf } from "@sluice/core/testing/pipelines.ts";
import { given } from "@sluice/core/testing/scenario.ts";
import { caughtUp, publish } from "@sluice/core/testing/steps.ts";
import { statusOf } from "@sluice/core/views/status.ts";
import colors from "picocolors";
import { expect, test } from "vitest";
import { statusLines } from "./status-lines.ts";

test("a share that not every target has is not shown as reached", () => {
  const rollout = { steps: [{ to: "10%", hold: "1h" }, { to: "100%" }] };
  const targets = [{ channel: {} }, { command: { deploy: "./deploy.sh" } }];
  const lines = (stage: Parameters<typeof pipelineOf>[0]) => {
    const { world } = given(pipelineOf(stage), publish("1.0.0"), caughtUp);
    return statusLines(statusOf(world.state, [], world.now), colors.createColors(false)).join("\n");
  };
  expect(lines({ name: "dev", rollout, targets })).toContain("▲ 1.0.0 is on its way to 10%\n");
  expect(lines({ name: "dev", rollout })).toContain("▲ 1.0.0 ██░░░░░░░░░░░░░░░░░░ 10%\n");
});
