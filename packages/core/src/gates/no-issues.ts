import { z } from "zod";
import { isAtLeast, severities } from "../pipeline/values.ts";
import type { GateKind } from "./gate.ts";

const schema = z
  .strictObject({
    "at-least": z.enum(severities).default("warning").describe("Issues below this severity do not count"),
  })
  .describe("No open issue of at least this severity is reported against the release");

/** No open issue of at least the given severity is reported against the release. */
export const noIssues: GateKind<typeof schema> = {
  schema,
  evaluate({ "at-least": least }, { state, release }) {
    const open = state.openIssues
      .toArray()
      .map((id) => state.issues.get(id))
      .filter((issue) => issue !== undefined)
      .filter((issue) => issue.version === release.version && isAtLeast(issue.severity, least));
    const evidence = { atLeast: least, open: open.map((issue) => issue.id) };
    if (open.length === 0) return { verdict: "pass", reason: `no open issue of severity ${least} or above`, evidence };
    const named = open.map((issue) => `${issue.id} (${issue.severity}: ${issue.title})`).join(", ");
    return {
      verdict: "fail",
      reason: `open ${open.length === 1 ? "issue" : "issues"}: ${named}`,
      evidence,
      who: "whoever resolves the issue: sluice issue resolve ID",
    };
  },
};
