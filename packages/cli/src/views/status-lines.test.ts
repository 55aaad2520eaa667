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

test("a target says how far it has got, as long as it is at it", () => {
  const copying = { what: "images copied", done: 3, total: 5, bytes: { done: 412 * 2 ** 20, total: 980 * 2 ** 20 } };
  const { world } = given(
    pipelineOf({ name: "dev", targets: [{ command: { deploy: "./deploy.sh" } }] }),
    publish("1.0.0"),
  );
  const status = statusOf(world.state, [], world.now, (stage, target) =>
    stage === "dev" && target === "command" ? copying : undefined,
  );
  expect(status.stages[0]?.targets[0]).toMatchObject({ state: "moving", progress: copying });
  expect(statusLines(status, colors.createColors(false)).join("\n")).toContain(
    "■ command nothing yet (moving: 3 of 5 images copied, 412.0 of 980.0 MiB)",
  );
});
