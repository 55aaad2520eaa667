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

/** What was last found out of each window, and from when on it holds: until the window next opens or closes. */
const known = new WeakMap<WindowConfig, { readonly from: Millis; readonly verdict: Verdict }>();

/** Whether a window is open. Looking through a calendar is dear, so what was found out is kept for as long as it holds. */
export function windowAt(config: WindowConfig, now: Millis): Verdict {
  const last = known.get(config);
  const until = last?.verdict.verdict === "fail" ? undefined : last?.verdict.until;
  if (last !== undefined && until !== undefined && last.from <= now && now < until) return last.verdict;
  const verdict = lookedUp(config, now);
  known.set(config, { from: now, verdict });
  return verdict;
}

function lookedUp(config: WindowConfig, now: Millis): Verdict {
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
