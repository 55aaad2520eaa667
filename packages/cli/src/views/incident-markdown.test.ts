import { pipelineOf } from "@sluice/core/testing/pipelines.ts";
import { given } from "@sluice/core/testing/scenario.ts";
import * as step from "@sluice/core/testing/steps.ts";
import { incidentsOf } from "@sluice/core/views/incident/incident.ts";
import { expect, test } from "vitest";
import { incidentMarkdown } from "./incident-markdown.ts";

test("the draft says what was measured, its limit, whom it reached and what is left to do", () => {
  const rollout = { steps: [{ to: "10%", hold: "10m" }, { to: "100%" }] };
  const { world } = given(
    pipelineOf({ name: "dev", rollout }),
    step.publish("1.0.0"),
    step.passing("1h"),
    step.publish("2.0.0"),
    step.caughtUp,
    step.later("5m"),
    step.reported({ stage: "dev", version: "2.0.0", failed: 10 }),
    step.caughtUp,
  );
  const counts = [{ channel: "dev", version: "2.0.0", reached: 10, failed: 10, rolledBack: 8 }];
  const [incident] = incidentsOf(world.state, world.log, counts);
  if (incident === undefined) throw new Error("nothing was rolled back");
  const draft = incidentMarkdown(incident);
  for (const line of [
    "# incident-1: myapp 2.0.0 rolled back in dev",
    "- Exposure: 10% of dev; 10 clients took it, 10 harmed, 8 went back",
    "- On offer for 5m",
    "- failed = 10",
    "- limitBasisPoints = 100",
    "- It was stopped without anybody having to act",
    "- Only 10% of dev were exposed",
    "- [ ] Follow up the clients that took 2.0.0 in dev and have not reported going back: 2",
    "| 2024-03-15 11:05:00Z | sluice | the feed of dev offers 1.0.0 |",
  ])
    expect(draft.split("\n")).toContain(line);
  expect(draft).toMatch(/^- \[ \] Resolve issue-1: /m);
  expect(draft).toMatch(/^## Summary\n\nmyapp 2\.0\.0 was rolled back in dev, automatically: stop-test: 10 of 10/m);
});
