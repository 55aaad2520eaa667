import { expect, test } from "vitest";
import { Unsettled } from "./unsettled.ts";

test("a decision that does not end says what it decided at last", () => {
  const facts = Array.from({ length: 200 }, (_, i) => ({
    type: "IssueResolved" as const,
    data: { id: `issue-${i}`, comment: "looked at" },
  }));
  const error = new Unsettled("shop", facts);
  expect(error.message).toMatch(/^shop does not come to rest: 200 facts, at last IssueResolved, IssueResolved/);
  expect(error.facts).toEqual(facts.slice(-6));
});
