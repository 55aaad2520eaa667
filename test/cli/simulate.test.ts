import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Desk, openDesk } from "./harness.ts";

const pipeline = `apiVersion: sluice/v1
app: shop
stages:
  - name: dev
  - name: stable
    gates: [{ soak: 24h }]
    rollout: { steps: [{ to: 10%, hold: 6h }, { to: 100% }] }
`;

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
  await desk.file("sluice.yaml", pipeline);
});
afterEach(() => desk.clear());

interface Answer {
  power: { stage: string; surelyCaught: number | null }[];
  clients: { stage: string; clients: number }[];
  scenarios: {
    scenario: string;
    plans: {
      plan: string;
      harmed: { median: number };
      falseRollbackPercent: number | null;
      missedPercent: number | null;
    }[];
  }[];
}
const simulate = (...argv: string[]) => desk.sluice(["simulate", "-f", "sluice.yaml", "--fleet", "2000", ...argv]);

it("shows what the pipeline would do, without a server: the same seed says the same", async () => {
  const asked = ["--scenario", "false0.5", "bad100", "dark20", "--compare", "at-once", "--runs", "2", "--json"];
  const answer = await simulate(...asked);
  expect(answer).toMatchObject({ code: 0, err: "" });
  const { scenarios, power, clients } = answer.json() as Answer;
  expect(clients).toEqual([
    { stage: "dev", clients: 20 },
    { stage: "stable", clients: 1_980 },
  ]);
  expect(power.map(({ stage }) => stage)).toEqual(["dev", "stable"]);
  const [good, bad, dark] = scenarios;
  expect(good?.plans[0]).toMatchObject({ plan: "this pipeline", falseRollbackPercent: 0, missedPercent: null });
  expect(bad?.plans[0]?.harmed.median).toBeLessThan(20);
  expect(bad?.plans[1]).toMatchObject({ plan: "at-once", harmed: { median: 2_000 }, missedPercent: 100 });
  // Nothing in this pipeline looks at silence, and the answer does not hide it.
  expect(dark?.plans[0]).toMatchObject({ missedPercent: 100 });
  expect((await simulate(...asked)).json()).toEqual(answer.json());
});

it("draws bars for people and a picture for others", async () => {
  const answer = await simulate("--failure-rate", "20%", "--compare", "linear", "--runs", "3", "--svg", "chart.svg");
  expect(answer.code).toBe(0);
  expect(answer.out).toMatch(/^shop, simulated 3 times from seed 1\. Clients: dev 20, stable 1,980\.$/m);
  expect(answer.out).toMatch(/cannot tell 1.5% from the 1% that is allowed/);
  expect(answer.out).toMatch(/^20% fail\n {2}this pipeline +\d+ \[\d+\] +█+ +rolled back$/m);
  const svg = await readFile(join(desk.folder, "chart.svg"), "utf8");
  expect(svg).toMatch(/^<svg xmlns/);
  expect(svg.match(/<rect x/g)).toHaveLength(2);
  expect(answer.err).toMatch(/Simulating +6 runs/);
});

it("sends a release through a pipeline that pays with evidence, and says where it was halted for a group alone", async () => {
  await desk.file(
    "sluice.yaml",
    "apiVersion: sluice/v1\napp: shop\nstages:\n  - name: stable\n    rollout: { evidence: { soak: 0s, groups: [region] } }\n",
  );
  const answer = await simulate("--scenario", "bad100", "subgroup3", "--compare", "none", "--runs", "2");
  expect(answer.code).toBe(0);
  expect(answer.out).toMatch(/^stable: with 2,000 clients the evidence catches .*\n.*cannot tell 1\.5% from the 1% /m);
  expect(answer.out).toMatch(/^all fail\n {2}this pipeline +[23] \[[23]\] +█+ +rolled back$/m);
  expect(answer.out).toMatch(/^all of one group\n {2}this pipeline +\d \[\d\] +█+ +halted for the group$/m);
});

it("says what is wrong with an option, and does nothing", async () => {
  const cases: [string[], RegExp][] = [
    [["--fleet", "prod=5"], /--fleet names the stage "prod"/],
    [["--fleet", "dev=5"], /does not say how many clients stable has/],
    [["--scenario", "bad3"], /There are: false0\.5/],
    [["--failure-rate", "much"], /give a share such as 2% or 0\.02/],
    [["--onset", "6h"], /give that as well/],
    [["--poll", "1s", "--runs", "0"], /--runs is "0": give a whole number from 1/],
  ];
  for (const [argv, message] of cases) {
    const { code, err, out } = await simulate(...argv);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(message);
  }
});

it("ends at once when it is interrupted", async () => {
  const signal = AbortSignal.timeout(50);
  const answer = await desk.sluice(["simulate", "-f", "sluice.yaml", "--runs", "10000"], { signal });
  expect(answer).toMatchObject({ code: 1, out: "" });
  expect(answer.err).toMatch(/Interrupted/);
});
