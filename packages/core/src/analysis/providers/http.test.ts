import { expect, test } from "vitest";
import { httpSchema, judgeHttp, judgeNoAnswer } from "./http.ts";

const probe = httpSchema.parse({ url: "http://a/", expect: 200, "max-latency": "500ms", contains: "ok" });
const answer = { status: 200, latencyMs: 500, body: "all ok" };

test("a limit is met at the limit, and everything that is missed is told", () => {
  expect(judgeHttp(probe, answer)).toMatchObject({ verdict: "pass", reason: "answered 200 in 500 ms" });
  expect(judgeHttp(probe, { status: 500, latencyMs: 501, body: "no" })).toMatchObject({
    verdict: "fail",
    reason: 'answered 500, not 200; took 501 ms, more than 500 ms; the body does not contain "ok"',
    evidence: { status: 500, latencyMs: 501, maxLatencyMs: 500, body: "no" },
  });
});

test("what a cache answers is no measurement", () => {
  expect(judgeHttp(probe, { ...answer, ageSeconds: 3 }).verdict).toBe("inconclusive");
});

test("no answer is an error unless the pipeline calls it a failure", () => {
  expect(judgeNoAnswer(probe, "why").verdict).toBe("error");
  expect(judgeNoAnswer({ ...probe, "no-answer": "fail" }, "why").verdict).toBe("fail");
});

test("refuses what could not be asked", () => {
  const problem = (given: object) => httpSchema.safeParse({ url: "http://a/", ...given }).error?.issues[0]?.message;
  expect(problem({ url: "ftp://a/" })).toBe("must be an http or https URL without a user name or password");
  expect(problem({ url: "http://user:pass@a/" })).toBeDefined();
  expect(problem({ url: `http://a/\${nothing}` })).toMatch(/stands for nothing/);
  expect(problem({ headers: { "x y": "1" } })).toBe("must hold names of headers");
  expect(problem({ headers: { x: "a\r\nb: c" } })).toBe("must be printable ASCII");
  expect(problem({ "max-latency": "20s" })).toBe("must not be shorter than max-latency");
  expect(problem({ expect: 99 })).toBeDefined();
});
