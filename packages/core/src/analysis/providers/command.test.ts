import { expect, test } from "vitest";
import { commandSchema, judgeCommand } from "./command.ts";

const ended = (exitCode: number) => ({ exitCode, durationMs: 5, output: "first\nlast\n" });

test("0 passes, 1 fails, and anything else says nothing of the release", () => {
  const probe = commandSchema.parse({ run: ["check.sh"] });
  expect([0, 1, 2, 255].map((code) => judgeCommand(probe, ended(code)).verdict)).toEqual([
    "pass",
    "fail",
    "error",
    "error",
  ]);
  expect(judgeCommand(probe, ended(1)).reason).toBe("check.sh ended with 1: last");
});

test("refuses what would mean two things", () => {
  const problem = (given: object) => commandSchema.safeParse({ run: ["a"], ...given }).error?.issues[0]?.message;
  expect(problem({ "exit-codes": { fail: [0] } })).toBe("must not give one exit code two meanings");
  expect(problem({ env: { A: "1" }, secrets: ["A"] })).toBe("must not name what env sets");
  expect(problem({ env: { SLUICE_APP: "1" } })).toBe("must hold names of variables, none of them one of Sluice's own");
});
