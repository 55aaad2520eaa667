import type { Finding } from "@sluice/core/analysis/finding.ts";
import { sha256Hex } from "@sluice/core/log/digest.ts";
import { parsePipeline } from "@sluice/core/pipeline/parse.ts";
import type { Measured } from "@sluice/server/analysis/provider.ts";
import { Prober } from "@sluice/server/checklist/prober.ts";
import { quiet } from "@sluice/sim/clock/virtual-clock.ts";
import { World } from "@sluice/sim/world/world.ts";
import { expect, test } from "vitest";

const minute = 60_000;
const source = `apiVersion: sluice/v1
app: simulated
stages:
  - name: dev
  - name: beta
    gates:
      - checklist:
          - { id: latency, title: It is fast, http: { url: "https://dev/price" }, max-age: 1h }
          - { id: people, title: Somebody looked }
`;
const passes: Finding = { verdict: "pass", reason: "answered 200", evidence: { status: 200 } };
const fails: Finding = { verdict: "fail", reason: "answered 500", evidence: { status: 500 } };

/** A release waits for beta, and a prober asks what the test says. */
async function waiting(ask: (asked: Measured, signal: AbortSignal, nth: number) => Promise<Finding>) {
  const world = new World("simulated");
  await world.boot();
  const read = parsePipeline(source);
  if ("problems" in read) throw new Error(JSON.stringify(read.problems));
  await world.command({ type: "ApplyPipeline", pipeline: read.pipeline, source });
  const file = { name: "program", kind: "file", sha256: sha256Hex("1.0.0"), size: 5, executable: true } as const;
  await world.command({
    type: "PublishRelease",
    manifest: { app: "simulated", version: "1.0.0", components: [file] },
  });
  let asked = 0;
  const start = () => {
    const prober = new Prober({
      plane: world.node.plane,
      ask: (_, measured, signal) => ask(measured, signal, ++asked),
      failed: () => undefined,
    });
    prober.start();
    return prober;
  };
  return {
    world,
    start,
    asked: () => asked,
    answers: () => world.log().flatMap(({ type, data }) => (type === "ItemProbed" ? [data.result] : [])),
    tick: () =>
      world.command({ type: "ReportCheck", version: "1.0.0", name: "people", result: "pass", groups: [], comment: "" }),
    status: () => world.state()?.promotions.get("beta-1")?.status,
    async pass(ms: number) {
      await quiet();
      await world.clock.moveTo(world.clock.now() + ms);
      await quiet();
    },
  };
}

test("asks at once, again a minute later, and records what is new", async () => {
  const subjects: Measured[] = [];
  const { start, pass, asked, answers, tick, status } = await waiting(async (measured, _, nth) => {
    subjects.push(measured);
    return nth < 3 ? fails : passes;
  });
  const prober = start();
  await pass(0);
  expect([asked(), answers()]).toEqual([1, ["fail"]]);
  expect(subjects[0]).toMatchObject({ app: "simulated", stage: "beta", version: "1.0.0" });
  await pass(minute);
  expect([asked(), answers()]).toEqual([2, ["fail"]]);
  await pass(minute);
  expect([asked(), answers()]).toEqual([3, ["fail", "pass"]]);
  await tick();
  await pass(0);
  expect(status()).toBe("complete");
  await pass(60 * minute);
  expect(asked()).toBe(3);
  await prober.stop();
});

test("keeps an answer fresh for as long as it is needed", async () => {
  const { start, pass, answers, tick, status } = await waiting(async () => passes);
  const prober = start();
  await pass(180 * minute);
  // Once at first, then whenever half of the hour for which it counts has passed.
  expect(answers()).toHaveLength(7);
  await tick();
  await pass(0);
  expect(status()).toBe("complete");
  await prober.stop();
});

test("a slow answer holds up nothing, and one that comes after the stop is dropped and asked for again", async () => {
  let answer: (finding: Finding) => void = () => undefined;
  const { start, pass, asked, answers } = await waiting(
    (_, signal) =>
      new Promise((resolve) => {
        answer = resolve;
        signal.addEventListener("abort", () => resolve(passes));
      }),
  );
  const first = start();
  await pass(10 * minute);
  expect([asked(), answers()]).toEqual([1, []]);
  await first.stop();
  expect(answers()).toEqual([]);
  const second = start();
  await pass(0);
  expect(asked()).toBe(2);
  answer(passes);
  await pass(0);
  expect(answers()).toEqual(["pass"]);
  await second.stop();
});

test("an answer that cannot be stored is asked for again", async () => {
  const { world, start, pass, answers } = await waiting(async () => passes);
  world.faults.diskFull = true;
  const prober = start();
  await pass(0);
  expect(answers()).toEqual([]);
  world.faults.diskFull = false;
  await pass(minute);
  expect(answers()).toEqual(["pass"]);
  await prober.stop();
});
