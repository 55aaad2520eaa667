import { outsideTargets } from "@sluice/core/targets/outside.ts";
import { canPlan } from "@sluice/core/targets/to-plan.ts";
import { pipelineOf } from "@sluice/core/testing/pipelines.ts";
import { expect, test } from "vitest";
import { systemClock } from "../clock/clock.ts";
import { targetOpener } from "./open.ts";

const aws = { function: "shop", alias: "live" };
const command = { deploy: "./deploy.sh" };
const files = [{ text: { path: "VERSION", set: "{version}" } }];

test("which targets can say what they would change is known before they are opened", () => {
  const open = targetOpener({
    clock: systemClock,
    secrets: () => undefined,
    folder: undefined,
    kubeconfig: undefined,
    dockerConfig: undefined,
    copies: { copy: () => Promise.reject(new Error("no")), work: () => Promise.reject(new Error("no")) },
  });
  const specs = [
    { command },
    { command: { ...command, plan: "./plan.sh" } },
    { git: { repository: "envs.git", files } },
    { oci: { from: "a.example/shop", to: "b.example/shop" } },
    { kubernetes: { deployment: "shop" } },
    { kubernetes: { rollout: "shop" } },
    { static: { folder: "feeds" } },
    { traffic: { haproxy: { socket: "/run/haproxy.sock", backend: "shop" } } },
    { traffic: { lambda: aws } },
    { traffic: { codedeploy: { application: "shop", group: "prod", lambda: aws } } },
  ];
  for (const spec of specs) {
    const [stage] = pipelineOf({ name: "dev", targets: [spec] }).stages;
    const [target] = outsideTargets(stage);
    if (target === undefined) throw new Error(`${JSON.stringify(spec)} is no outside target`);
    expect(open(target.spec).can.has("plan"), JSON.stringify(spec)).toBe(canPlan(target.spec));
  }
});
