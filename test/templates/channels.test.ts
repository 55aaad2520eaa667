import { expect, test } from "vitest";
import { hour, Story } from "./story.ts";

test("a release is in beta after 24 hours and in stable after 72 more, without hands", async () => {
  const story = await Story.begin("channels");
  await story.publish("1.0.0");
  expect([story.live("dev"), story.live("beta")]).toEqual(["1.0.0", undefined]);
  await story.at(24 * hour - 1);
  expect(story.closed("1.0.0", "beta")).toEqual(["soak"]);
  await story.at(24 * hour);
  expect([story.live("beta"), story.live("stable")]).toEqual(["1.0.0", undefined]);
  await story.at(96 * hour - 1);
  expect(story.live("stable")).toBeUndefined();
  await story.at(96 * hour);
  expect(story.live("stable")).toBe("1.0.0");
});

test("an issue that is reported in beta keeps a release from stable, and a critical one takes it back", async () => {
  const story = await Story.begin("channels");
  await story.publish("1.0.0");
  await story.at(100 * hour);
  await story.publish("1.1.0");
  await story.at(130 * hour);
  await story.must({ type: "OpenIssue", version: "1.1.0", title: "slow", severity: "warning" }, "support");
  await story.at(300 * hour);
  expect([story.live("beta"), story.live("stable")]).toEqual(["1.1.0", "1.0.0"]);
  expect(story.closed("1.1.0", "stable")).toEqual(["no-issues"]);
  await story.must({ type: "OpenIssue", version: "1.1.0", title: "loses data", severity: "critical" }, "support");
  expect(story.live("beta")).toBe("1.0.0");
  for (const id of ["issue-1", "issue-2"]) await story.must({ type: "ResolveIssue", id, comment: "mended" }, "support");
  await story.at(1_000 * hour);
  expect(story.live("stable")).toBe("1.0.0");
});
