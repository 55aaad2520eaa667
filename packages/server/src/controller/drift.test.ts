import { parsePipeline } from "@sluice/core/pipeline/parse.ts";
import { outsideTargets } from "@sluice/core/targets/outside.ts";
import { expect, test } from "vitest";
import type { Clock } from "../clock/clock.ts";
import { ControlPlane } from "../control-plane/control-plane.ts";
import { createMemoryDatabase } from "../log/memory/database.ts";
import { openMemory } from "../log/memory/open.ts";
import type { Found } from "../targets/target.ts";
import { Drift } from "./drift.ts";

const source = `apiVersion: sluice/v1
app: shop
stages:
  - name: production
    drift: 1h
    targets: [command: { deploy: ./deploy.sh, verify: ./verify.sh }]
`;
const hour = 3_600_000;

/** A clock that is moved by hand; each timer fires once. */
function movedByHand() {
  let now = 1_700_000_000_000;
  const timers = new Set<{ readonly at: number; readonly wake: () => void }>();
  const clock: Clock = {
    now: () => now,
    wakeAt(at, wake) {
      const timer = { at, wake };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  };
  const pass = async (ms: number) => {
    now += ms;
    for (const timer of [...timers]) if (timer.at <= now && timers.delete(timer)) timer.wake();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, pass };
}

test("drift is found although the controller looks around while a target is being looked at", async () => {
  const { clock, pass } = movedByHand();
  const failed = (_: string, error: unknown) => expect.fail(String(error));
  const plane = await ControlPlane.open({ clock, failed, ...openMemory(createMemoryDatabase(clock)) });
  const parsed = parsePipeline(source);
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  await plane.execute("shop", { type: "ApplyPipeline", pipeline: parsed.pipeline, source }, "ann");
  const components = [{ name: "program", kind: "file", sha256: "a".repeat(64), size: 1, executable: true } as const];
  await plane.execute(
    "shop",
    { type: "PublishRelease", manifest: { app: "shop", version: "1.0.0", components } },
    "ann",
  );
  await plane.execute("shop", { type: "Advance", measurements: [] }, "sluice");
  const stage = plane.state("shop")?.stages.get("production");
  const { asked, main } = stage?.demand ?? { asked: 0, main: null };
  const config = outsideTargets(parsed.pipeline.stages[0])[0]?.config ?? "";
  const result = { stage: "production", target: "command", asked, config, main, evidence: {} };
  await plane.execute("shop", { type: "RecordTarget", result }, "sluice");

  const looks: ((found: Found) => void)[] = [];
  const apply = async () => ({});
  const drift = new Drift({
    plane,
    failed,
    openTarget: () => ({
      can: new Set(["deploy", "rollback", "verify"]),
      deploy: apply,
      rollback: apply,
      verify: () => new Promise((resolve) => looks.push(resolve)),
    }),
  });
  drift.start();
  drift.look("shop");
  const found = () => plane.state("shop")?.stages.get("production")?.targets.get("command")?.drift?.text;
  for (const ms of [hour, 30_000]) {
    expect(found()).toBeUndefined();
    await pass(ms);
    drift.look("shop");
    looks.shift()?.({ agrees: false, text: "0.9.0 is live", evidence: {} });
    await pass(0);
  }
  await expect.poll(found).toBe("0.9.0 is live");
  await pass(hour);
  drift.look("shop");
  expect(looks).toHaveLength(1);
  looks.shift()?.({ agrees: true, text: "1.0.0 is live", evidence: {} });
  await expect.poll(found).toBeUndefined();
  await drift.stop();
});
