import type { Finding } from "@sluice/core/analysis/finding.ts";
import { parsePipeline } from "@sluice/core/pipeline/parse.ts";
import { manifestOf } from "@sluice/core/testing/manifests.ts";
import { expect, test } from "vitest";
import type { Clock } from "../clock/clock.ts";
import { ControlPlane } from "../control-plane/control-plane.ts";
import { createMemoryDatabase } from "../log/memory/database.ts";
import { openMemory } from "../log/memory/open.ts";
import { Prober } from "./prober.ts";

const source = `apiVersion: sluice/v1
app: myapp
stages:
  - name: dev
    gates: [{ checklist: [{ id: health, title: It is well, http: { url: "http://app" }, max-age: 1m }] }]
`;
const releases = 40;
const minute = 60_000;
const unwell: Finding = { verdict: "fail", reason: "503", evidence: {} };

test("of more than can be asked at once each has its turn, the newest first, however long the answers take", async () => {
  let now = 1_700_000_000_000;
  const clock: Clock = { now: () => now, wakeAt: () => () => {} };
  const failed = (error: unknown) => expect.fail(String(error));
  const plane = await ControlPlane.open({ clock, ...openMemory(createMemoryDatabase(clock)), failed });
  const parsed = parsePipeline(source);
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  await plane.execute("myapp", { type: "ApplyPipeline", pipeline: parsed.pipeline, source }, "ann");
  for (let patch = 1; patch <= releases; patch++)
    await plane.execute("myapp", { type: "PublishRelease", manifest: manifestOf(`1.0.${patch}`) }, "ci");

  const asked: string[] = [];
  const answers: (() => void)[] = [];
  const prober = new Prober({
    plane,
    failed,
    ask: (_, { version }, signal) =>
      new Promise((resolve) => {
        asked.push(version);
        answers.push(() => resolve(unwell));
        signal.addEventListener("abort", () => resolve(unwell));
      }),
  });
  prober.start();
  const atOnce = asked.length;
  expect(atOnce).toBeLessThan(releases);
  expect(asked[0]).toBe(`1.0.${releases}`);
  // Until an answer comes, what it answers is due again.
  while (asked.length < releases) {
    now += minute;
    const before = asked.length;
    for (const answer of answers.splice(0)) answer();
    await expect.poll(() => asked.length).toBe(before + atOnce);
  }
  expect(new Set(asked).size).toBe(releases);
  await prober.stop();
});
