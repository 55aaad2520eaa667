import { describe, expect, test } from "vitest";
import { pipelineOf, type StageInput } from "../testing/pipelines.ts";
import { counts } from "../testing/steps.ts";
import { type AnalysisVerdict, worst } from "./analysis.ts";
import { judgeClients } from "./clients.ts";
import { fixedLimit } from "./compared.ts";
import { failureLimit } from "./judge.ts";
import { countsOf } from "./measurement.ts";
import { stopTest } from "./stop-test.ts";

describe("worst", () => {
  const of = (...verdicts: AnalysisVerdict[]) =>
    worst(verdicts.map((verdict) => ({ analysis: "a", verdict, reason: "", evidence: {} })));

  test("one failure fails; only if all pass do they pass", () => {
    expect(of("pass", "inconclusive", "fail")).toBe("fail");
    expect(of("pass", "inconclusive")).toBe("inconclusive");
    expect(of("pass", "pass")).toBe("pass");
  });
});

describe("clients", () => {
  const verdict = (healthy: number, failed: number, minClients = 1) =>
    judgeClients(counts("beta", "1.0.0", healthy, failed), { "max-failure-rate": 100, "min-clients": minClients })
      .verdict;

  test("nothing measured is never a pass", () => expect(verdict(0, 0)).toBe("inconclusive"));

  test("failures alone are no confirmation", () => expect(verdict(0, 5)).toBe("inconclusive"));

  test("who failed does not count towards the healthy clients that are asked for", () => {
    const limits = { "max-failure-rate": 5_000, "min-clients": 20 };
    expect(judgeClients(counts("beta", "1.0.0", 19, 5), limits).verdict).toBe("inconclusive");
    expect(judgeClients(counts("beta", "1.0.0", 20, 5), limits).verdict).toBe("pass");
  });

  test("the limits are met at the limit", () => {
    expect([verdict(19, 0, 20), verdict(20, 0, 20)]).toEqual(["inconclusive", "pass"]);
    expect([verdict(99, 1), verdict(98, 1)]).toEqual(["pass", "inconclusive"]);
  });

  test("clients that were reached and are silent confirm nothing", () => {
    expect(
      judgeClients(
        { stage: "beta", version: "1.0.0", reached: 500, healthy: 0, failed: 0 },
        { "max-failure-rate": 100, "min-clients": 1 },
      ),
    ).toMatchObject({
      verdict: "inconclusive",
      reason: "0 of at least 1 clients confirmed healthy",
    });
  });
});

describe("stop test", () => {
  const verdict = (healthy: number, failed: number, limit = 100) =>
    stopTest(counts("beta", "1.0.0", healthy, failed), fixedLimit(limit));

  test("never asks for more, and stops when failures are proof", () => {
    expect(verdict(0, 0).verdict).toBe("pass");
    expect(verdict(0, 1).verdict).toBe("pass");
    expect(verdict(0, 10)).toMatchObject({
      verdict: "fail",
      reason: expect.stringMatching(/^10 of 10 clients failed: more than 1% explains/),
    });
    expect(verdict(10_000, 100).verdict).toBe("pass");
    expect(verdict(10_000, 300).verdict).toBe("fail");
  });

  test("counts who failed as reached", () => {
    const { verdict: found, evidence } = stopTest(
      { stage: "beta", version: "1.0.0", reached: 2, healthy: 0, failed: 10 },
      fixedLimit(100),
    );
    expect(found).toBe("fail");
    expect(evidence).toMatchObject({ clients: 10, failed: 10 });
  });
});

test("the failure limit is the strictest that the pipeline names, or 1%", () => {
  const limitOf = (stage: StageInput) => pipelineOf(stage).stages.map(failureLimit);
  expect(limitOf("dev")).toEqual([100]);
  expect(
    limitOf({
      name: "dev",
      analysis: [{ clients: { "max-failure-rate": "5%" } }, { clients: { "max-failure-rate": "2%" } }, { issues: {} }],
    }),
  ).toEqual([200]);
});

test("what nobody reported is counted as nothing", () => {
  const measured = [counts("beta", "1.0.0", 3, 1)];
  expect(countsOf(measured, "beta", "1.0.0")).toMatchObject({ reached: 4, healthy: 3, failed: 1 });
  expect(countsOf(measured, "beta", "1.0.1")).toEqual({
    stage: "beta",
    version: "1.0.1",
    reached: 0,
    healthy: 0,
    failed: 0,
  });
});
