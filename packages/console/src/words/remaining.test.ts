import { expect, test } from "vitest";
import { withoutRemaining } from "./remaining.ts";

test.each([
  ["goes to 25% in 3m 20s", "goes to 25%"],
  [
    "goes to 25% in 800ms, if by then clients: 0 of at least 1 clients confirmed healthy",
    "goes to 25%, if by then clients: 0 of at least 1 clients confirmed healthy",
  ],
  ["is complete in 12s", "is complete"],
  ["soaks 1d in dev", undefined],
  ["held where it is by no-issues (open issue: issue-1 (critical: slow in 5s mode))", undefined],
  ["the soak of 5s starts when it is fully rolled out in dev", undefined],
])("%s", (reason, expected) => {
  expect(withoutRemaining(reason)).toBe(expected ?? reason);
});
