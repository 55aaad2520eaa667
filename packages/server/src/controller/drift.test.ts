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

/** A stage whose target has what is asked of it, and looks at it that are answered by hand. */
async function atRest() {
  const { clock, pass } = movedByHand();
  const failed = (_: string, error: unknown) => expect.fail(String(error));
  const plane = await ControlPlane.open({ clock, failed, ...openMemory(createMemoryDatabase(clock)) });
  const parsed = parsePipeline(source);
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  await plane.execute("shop", { type: "ApplyPipeline", pipeline: parsed.pipeline, source }, "ann");
  const components = [{ name: "program", kind: "file", sha256: "a".repeat(64), size: 1, executable: true } as const];
  const config = outsideTargets(parsed.pipeline.stages[0])[0]?.config ?? "";
  const release = async (version: string) => {
    await plane.execute("shop", { type: "PublishRelease", manifest: { app: "shop", version, components } }, "ann");
    await plane.execute("shop", { type: "Advance", measurements: [] }, "sluice");
    const { asked, main } = plane.state("shop")?.stages.get("production")?.demand ?? { asked: 0, main: null };
    const result = { stage: "production", target: "command", asked, config, main, evidence: {} };
    await plane.execute("shop", { type: "RecordTarget", result }, "sluice");
    await plane.execute("shop", { type: "Advance", measurements: [] }, "sluice");
    expect(main).toBe(version);
  };
  await release("1.0.0");

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
  const look = async (ms: number, answer: Pick<Found, "agrees" | "text">) => {
    await pass(ms);
    drift.look("shop");
    expect(looks).toHaveLength(1);
    looks.shift()?.({ ...answer, evidence: {} });
    await pass(0);
  };
  return { drift, found, look, release };
}

test("drift is found although the controller looks around while a target is being looked at", async () => {
  const { drift, found, look } = await atRest();
  for (const ms of [hour, 30_000]) {
    expect(found()).toBeUndefined();
    await look(ms, { agrees: false, text: "0.9.0 is live" });
  }
  await expect.poll(found).toBe("0.9.0 is live");
  await look(hour, { agrees: true, text: "1.0.0 is live" });
  await expect.poll(found).toBeUndefined();
  await drift.stop();
});

test("what was seen before a target was moved does not count for what it has now", async () => {
  const { drift, found, look, release } = await atRest();
  for (const ms of [hour, 30_000]) await look(ms, { agrees: false, text: "0.9.0 is live" });
  await expect.poll(found).toBe("0.9.0 is live");
  await release("1.1.0");
  expect(found()).toBeUndefined();
  await look(hour, { agrees: false, text: "nothing is live" });
  expect(found()).toBeUndefined();
  await look(30_000, { agrees: false, text: "nothing is live" });
  await expect.poll(found).toBe("nothing is live");
  await drift.stop();
});
