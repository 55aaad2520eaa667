import type { StatusView } from "@sluice/core/views/status.ts";
import { expect, test } from "vitest";
import { learn, nothingKnown } from "./application.ts";
import { lossText } from "./connection.ts";

const now = Date.UTC(2024, 2, 15, 10);
const silence = { status: 0, title: "The server does not answer" };

function status(at: string): StatusView {
  return { app: "app", at, seq: 1, pipelineDigest: null, releases: 0, openIssues: [], stages: [] };
}

test("a newer answer stays when an older one arrives after it", () => {
  const newer = learn(nothingKnown, { type: "status", status: status("2024-03-15T10:00:05.000Z"), now });
  const after = learn(newer, { type: "status", status: status("2024-03-15T10:00:00.000Z"), now });
  expect(after.status?.at).toBe("2024-03-15T10:00:05.000Z");
});

test("the clock is the server's", () => {
  expect(learn(nothingKnown, { type: "status", status: status("2024-03-15T10:00:05.000Z"), now }).clockOffset).toBe(
    5_000,
  );
});

test("an answer ends the problem", () => {
  const failed = learn(nothingKnown, { type: "status-failed", problem: silence });
  expect(failed.problem).toEqual(silence);
  expect(learn(failed, { type: "status", status: status("2024-03-15T10:00:00.000Z"), now }).problem).toBeUndefined();
});

test("a connection is lost since its first failure, and found again", () => {
  let known = learn(nothingKnown, { type: "opened" });
  known = learn(known, { type: "lost", problem: silence, now, retryInMs: 1_000 });
  known = learn(known, { type: "lost", problem: silence, now: now + 1_000, retryInMs: 2_000 });
  expect(known.connection).toEqual({ state: "lost", since: now, retryAt: now + 3_000, problem: silence });
  expect(learn(known, { type: "opened" }).connection).toEqual({ state: "live" });
});

test("a loss is told apart from a server that is gone", () => {
  expect(lossText(silence, true)).toContain("every 5 seconds");
  expect(lossText(silence, false)).toContain("Not connected");
  expect(lossText({ status: 404, title: "No application of that name exists" }, false)).toContain(
    "No application of that name",
  );
});
