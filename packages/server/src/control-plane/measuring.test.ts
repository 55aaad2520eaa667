import { pipelineOf } from "@sluice/core/testing/pipelines.ts";
import { given } from "@sluice/core/testing/scenario.ts";
import * as step from "@sluice/core/testing/steps.ts";
import { expect, test } from "vitest";
import { systemClock } from "../clock/clock.ts";
import { createMemoryDatabase } from "../log/memory/database.ts";
import { createReportStore } from "../telemetry/memory/store.ts";
import { Measuring } from "./measuring.ts";

test("who takes the release before on while another rolls out is counted as its control, and only where one is asked for", async () => {
  const pipelineWith = (compare: "history" | "control") =>
    pipelineOf({
      name: "prod",
      rollout: { steps: [{ to: "50%", hold: "9h" }, { to: "100%" }] },
      "stop-test": { compare },
    });
  const { world } = given(
    pipelineWith("control"),
    step.publish("1.0.0"),
    step.passing("10h"),
    step.publish("1.1.0"),
    step.caughtUp,
  );
  const began = world.now;
  const store = createReportStore(createMemoryDatabase(systemClock), () => {});
  const say = (clientId: string, version: string, status: "completed" | "failed", receivedAt: number) =>
    store.record([{ app: "myapp", channel: "prod", clientId, version, status, receivedAt }]);
  await say("old", "1.0.0", "completed", began - 1);
  await say("new machine", "1.0.0", "completed", began + 1);
  await say("behind", "1.0.0", "failed", began + 2);
  await say("let in", "1.1.0", "completed", began + 3);
  const measured = async () => {
    const all = await new Measuring(store).measure(world.state, began + 4);
    return Object.fromEntries(all.map(({ version, newcomers }) => [version, newcomers]));
  };
  expect(await measured()).toEqual({ "1.0.0": { since: began, clients: 2, healthy: 1 }, "1.1.0": undefined });
  world.must({ type: "ApplyPipeline", pipeline: pipelineWith("history"), source: "other" });
  expect(await measured()).toEqual({ "1.0.0": undefined, "1.1.0": undefined });
});
