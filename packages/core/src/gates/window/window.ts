import { type Millis, rfc3339 } from "../../time/instant.ts";
import type { GateKind, Verdict } from "../gate.ts";
import { isOpen, nextChangeTo } from "./opening.ts";
import { type WindowConfig, windowSchema } from "./schema.ts";

const schema = windowSchema.describe("The times at which the stage may be entered");

/** The moment lies in a time in which the stage may be entered. Closing during a rollout, it holds the exposure where it is. */
export const window: GateKind<typeof schema> = {
  schema,
  evaluate: (config, { now }) => windowAt(config, now),
};

export function windowAt(config: WindowConfig, now: Millis): Verdict {
  if (isOpen(config, now)) {
    const closes = nextChangeTo(false, config, now);
    return {
      verdict: "pass",
      reason: closes === undefined ? "the window is open" : `the window is open until ${rfc3339(closes)}`,
      evidence: { zone: config.zone, ...(closes === undefined ? {} : { closes: rfc3339(closes) }) },
      ...(closes === undefined ? {} : { until: closes }),
    };
  }
  const opens = nextChangeTo(true, config, now);
  return opens === undefined
    ? {
        verdict: "fail",
        reason: "the window does not open within 400 days",
        evidence: { zone: config.zone },
        who: "whoever changes the pipeline",
      }
    : {
        verdict: "wait",
        reason: "the window is closed",
        evidence: { zone: config.zone, opens: rfc3339(opens) },
        until: opens,
        who: "nobody but time, or whoever changes the pipeline",
      };
}
