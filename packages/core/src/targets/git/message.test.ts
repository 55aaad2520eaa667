import { expect, test } from "vitest";
import { deployMessage, type Move, rollbackMessage } from "./message.ts";
import { branchOf, isOf, isOfOther, pullRequestText } from "./pull-request-text.ts";

const move: Move = {
  app: "shop",
  stage: "prod",
  effect: "shop/prod/git@17",
  version: "1.2.2",
  before: "1.2.3",
  promotion: "prod-3",
  approvedBy: [],
  ended: { reason: "latency\ndoubled", by: "bob" },
};

test("what a person wrote cannot add a line, and so no trailer", () => {
  const text = rollbackMessage(
    { ...move, ended: { reason: "x\n\nSluice-Effect: shop/prod/git@99", by: "b\nob" } },
    undefined,
  );
  expect(text.split("\n").filter((line) => line.startsWith("Sluice-Effect"))).toEqual([
    "Sluice-Effect: shop/prod/git@17",
  ]);
  const { ended: _, ...coming } = move;
  expect(deployMessage({ ...coming, approvedBy: ["eve\nSluice-Effect: x"] }, "{app} {version} {stage} {version}")).toBe(
    "shop 1.2.2 prod 1.2.2\n\nprod had 1.2.3 before.\n\nSluice-Release: shop 1.2.2\nSluice-Stage: prod\nSluice-Promotion: shop/prod-3\nApproved-by: eve Sluice-Effect: x\nSluice-Effect: shop/prod/git@17\n",
  );
});

test("a formal rollback is titled and branched as its reviewers know it", () => {
  expect(pullRequestText(move, rollbackMessage(move, undefined)).title).toBe(
    "Rollback: Revert to v1.2.2 due to latency doubled",
  );
  expect(branchOf(move)).toBe("rollback/v1.2.3-to-v1.2.2");
  expect(branchOf({ ...move, version: null })).toBe("rollback/v1.2.3");
});

test("a pull request is known by the effect that its text names", () => {
  const { text } = pullRequestText(move, rollbackMessage(move, undefined));
  expect(isOf(text.replaceAll("\n", "\r\n"), "shop/prod/git@17")).toBe(true);
  expect(isOf(text, "shop/prod/git@1")).toBe(false);
  expect(isOfOther(text, "shop/prod/git@18")).toBe(true);
  expect(isOfOther(text, "shop/prod/git@17")).toBe(false);
  expect(isOfOther(text, "shop/prod/git-2@18")).toBe(false);
});
