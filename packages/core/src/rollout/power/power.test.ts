import { describe, expect, it } from "vitest";
import { pipelineOf, type StageInput } from "../../testing/pipelines.ts";
import { shouldStop } from "../evidence/stop.ts";
import { streams } from "../evidence/streams.testing.ts";
import { failuresAmong } from "./binomial.ts";
import { powerOf } from "./power.ts";
import { stoppingOf } from "./stopping.ts";
import { powerInWords } from "./words.ts";

const test = { limit: 0.01, alpha: 0.004 };
const hour = 3_600_000;
const powerFor = (clients: number, more: Partial<Exclude<StageInput, string>> = {}) => {
  const [stage] = pipelineOf({ name: "stable", ...more }).stages;
  if (stage === undefined) throw new Error("no stage");
  return powerOf(stage, { clients, pollMs: 6 * hour, reportMs: 7 * 60_000, silent: 0.03 });
};

describe("the failures among clients", () => {
  it("are binomial", () => {
    const { first, of } = failuresAmong(3, 0.5);
    expect(first).toBe(0);
    expect([...of].map((chance) => Number(chance.toFixed(9)))).toEqual([0.125, 0.375, 0.375, 0.125]);
    const many = failuresAmong(50_000, 0.01);
    const mean = many.of.reduce((sum, chance, index) => sum + chance * (many.first + index), 0);
    expect(mean).toBeCloseTo(500, 6);
    expect([failuresAmong(7, 0), failuresAmong(7, 1)].map(({ first }) => first)).toEqual([0, 7]);
  });
});

describe("the stopping of a release", () => {
  it("is what the stop test does to ten thousand drawn releases", () => {
    for (const { rate, clients } of [
      { rate: 0.02, clients: 1_000 },
      { rate: 0.03, clients: 1_000 },
      { rate: 0.1, clients: 200 },
      { rate: 0.01, clients: 10_000 },
    ]) {
      const at: number[] = [];
      for (const failures of streams({ seed: 5, count: 10_000, length: clients, rate })) {
        const index = failures.findIndex((place, i) => shouldStop({ installed: place, failed: i + 1, ...test }).stop);
        const place = failures[index];
        if (place !== undefined) at.push(place);
      }
      const { chance, medianClients } = stoppingOf(rate, clients, test);
      expect(Math.abs(chance - at.length / 10_000)).toBeLessThan(0.015);
      at.sort((a, b) => a - b);
      const median = at[Math.floor(at.length / 2)] ?? 0;
      if (chance > 0.2) expect(Math.abs((medianClients ?? 0) - median) / median).toBeLessThan(0.1);
    }
  });

  it("comes after two clients when all fail, and never in a fleet of one", () => {
    expect(stoppingOf(1, 1_000_000, test)).toEqual({ chance: 1, medianClients: 2 });
    expect(stoppingOf(1, 1, test)).toEqual({ chance: 0, medianClients: null });
  });

  it("stays under alpha at the limit, also in a million clients", () => {
    const { chance } = stoppingOf(0.01, 1_000_000, test);
    expect(chance).toBeGreaterThan(0);
    expect(chance).toBeLessThan(0.004);
  });
});

describe("the power of a stage", () => {
  it("says that a thousand clients cannot tell 2 % from 1 %, and what they can tell", () => {
    expect(powerInWords(powerFor(1_000))).toEqual([
      expect.stringMatching(
        /^stable: with 1,000 clients the stop test catches a release that fails on 5% or more, practically always, after about \d+ clients\.$/,
      ),
      expect.stringMatching(
        /^One that fails on 2% is stopped in 2\d of 100 cases: 1,000 clients cannot tell 2% from the 1% that is allowed\.$/,
      ),
      "A good release reaches 99% of 1,000 clients about 5h 56m after it started.",
    ]);
    const two = powerFor(1_000).detections.find(({ rate }) => rate === 0.02);
    expect(two?.chance).toBeLessThan(0.3);
    expect(powerFor(100_000).surelyCaught).toBe(0.015);
  });

  it("says that one client proves nothing, and that a switched off test stops nothing", () => {
    expect(powerInWords(powerFor(1))[0]).toMatch(/too few clients to prove anything/);
    const off = powerFor(1_000, { "stop-test": false });
    expect(off.detections).toEqual([]);
    expect(powerInWords(off)[0]).toMatch(/switched off/);
  });

  it("counts the holds of steps and the rises of a ramp, and the last client's poll", () => {
    const poll = 0.99 * 6 * hour;
    const steps = {
      steps: [
        { to: "5%", hold: "24h" },
        { to: "25%", hold: "48h" },
        { to: "100%", hold: "9h" },
      ],
    };
    expect(powerFor(1_000, { rollout: steps }).goodReleaseMs).toBe(72 * hour + poll);
    expect(powerFor(1_000, { rollout: { linear: { by: "10%", every: "1m" } } }).goodReleaseMs).toBe(9 * 60_000 + poll);
  });

  it("counts what waves wait for each other, and says that people take their time", () => {
    const poll = 0.99 * 6 * hour;
    const waves = (first: object) => [
      { name: "eu", match: { region: "eu" }, barrier: first },
      { name: "us", match: { region: "us" }, barrier: { hold: "1h" } },
      { name: "rest" },
    ];
    const linear = { linear: { by: "10%", every: "1m" } };
    const ramps = 3 * 9 * 60_000;
    const held = powerFor(9_000, { rollout: { ...linear, waves: waves({ hold: "24h" }) } });
    expect(held.goodReleaseMs).toBe(ramps + 25 * hour + poll);
    const counted = powerFor(9_000, { rollout: { ...linear, waves: waves({ "min-clients": 1_500 }) } });
    expect(counted.goodReleaseMs).toBe(ramps + 3 * hour + 7 * 60_000 + hour + poll);
    const asked = powerFor(9_000, { rollout: { ...linear, waves: waves({ approval: { from: ["ops"] } }) } });
    expect(powerInWords(asked).at(-1)).toMatch(/, beside the time that approvals between the waves take\.$/);
    const evidence = { evidence: { "max-failure-rate": "1%" } };
    const paid = powerFor(9_000, { rollout: { ...evidence, waves: waves({ hold: "24h" }) } }).goodReleaseMs ?? 0;
    expect(paid - (powerFor(9_000, { rollout: evidence }).goodReleaseMs ?? 0)).toBe(25 * hour);
  });

  it("says that the limit holds only until it is known what is normal", () => {
    const compared = powerFor(1_000, { "stop-test": { compare: "control" } });
    expect(powerInWords(compared)).toContain(
      "The 1% holds until 300 clients have told what is normal: then what those show that take the release before on in the same time.",
    );
  });

  it("takes the pipeline's own limit", () => {
    const { limit, detections } = powerFor(1_000, { analysis: [{ clients: { "max-failure-rate": "30%" } }] });
    expect(limit).toBe(0.3);
    expect(detections.map(({ rate }) => rate)).toEqual([0.45, 0.6, 0.9, 1].map((rate) => expect.closeTo(rate, 9)));
  });

  it("follows what the evidence pays for, and says when it would leave the release to a person", () => {
    const rollout = { evidence: { "max-failure-rate": "2%", soak: "1h" } };
    const { limit, surelyCaught, goodReleaseMs } = powerFor(10_000, { rollout });
    expect([limit, surelyCaught]).toEqual([0.02, 0.03]);
    expect(goodReleaseMs).toBeGreaterThan(6 * hour);
    expect(goodReleaseMs).toBeLessThan(12 * hour);
    const short = powerFor(10_000, { rollout: { evidence: { "decide-within": "5h" } } });
    expect(short.goodReleaseMs).toBeNull();
    expect(powerInWords(short).at(-1)).toBe("A good release is not decided within 5h: then a person has to.");
    expect(powerInWords(short)[0]).toMatch(/^stable: with 10,000 clients the evidence catches .* 2% or more/);
  });
});
