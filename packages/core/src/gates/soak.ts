import { z } from "zod";
import { wellBefore } from "../analysis/well-before.ts";
import type { Stage } from "../pipeline/schema.ts";
import { durationValue } from "../pipeline/values.ts";
import { formatDuration } from "../time/duration.ts";
import { rfc3339 } from "../time/instant.ts";
import type { GateContext, GateKind, Verdict } from "./gate.ts";

const wallTime = durationValue.describe(
  "How long the release has been fully rolled out in the stage before, without a rollback",
);

const healthyTime = z
  .strictObject({
    healthy: durationValue.describe("How long the release was well in the stage before: its analysis passed"),
    "min-clients": z
      .int()
      .min(1)
      .max(10_000_000)
      .default(1)
      .describe("Fewer clients confirmed healthy than this, and the clock does not run"),
  })
  .describe("The clock runs only while the analysis of the stage before passes and enough clients have reported");

const schema = z.union([wallTime, healthyTime]).describe("How long the release has stood in the stage before");

type HealthySoak = z.output<typeof healthyTime>;

/**
 * The release has been fully rolled out in the stage before for at least as long as the pipeline says, without having been
 * rolled back there. The clock starts when the rollout is complete, and goes on when a newer release takes over. In the first
 * stage it starts with the publication. With `healthy`, it runs only while the release is measured to be well there.
 */
export const soak: GateKind<typeof schema> = {
  schema,
  evaluate: (config, context) =>
    typeof config === "number" ? wallSoak(config, context) : healthySoak(config, context),
};

function wallSoak(soakMs: number, { release, previous, now }: GateContext): Verdict {
  const where = previous === undefined ? "since it was published" : `in ${previous.name}`;
  const since = previous === undefined ? release.publishedAt : previous.completed.get(release.version)?.at;
  if (since === undefined)
    return {
      verdict: "wait",
      reason: `the soak of ${formatDuration(soakMs)} starts when it is fully rolled out ${where}`,
      evidence: { soakMs },
      who: `whoever ${previous?.name} waits for, then nobody but time`,
    };
  const until = since + soakMs;
  const evidence = { soakMs, since: rfc3339(since), until: rfc3339(until) };
  return now >= until
    ? { verdict: "pass", reason: `has soaked ${formatDuration(soakMs)} ${where}`, evidence }
    : { verdict: "wait", reason: `soaks ${formatDuration(soakMs)} ${where}`, evidence, until };
}

function healthySoak(config: HealthySoak, context: GateContext): Verdict {
  const { healthy: soakMs, "min-clients": least } = config;
  const { previous, promotion, now } = context;
  if (previous === undefined)
    return {
      verdict: "fail",
      reason: "there is no stage before this one in which it could be well",
      evidence: { soakMs },
      who: "whoever changes the pipeline",
    };
  const { ranMs: before = 0, since } = promotion?.soak ?? {};
  const ranMs = before + (since === undefined ? 0 : now - since);
  const evidence = { soakMs, minClients: least, ranMs, ...(since === undefined ? {} : { since: rfc3339(since) }) };
  const wanted = `${formatDuration(soakMs)} well in ${previous.name}`;
  // Once it was let in, its time there stays what it was; before, it also has to be well at the moment that counts.
  const counts = since !== undefined || promotion?.status === "active" || promotion?.status === "paused";
  // A server that was away does not know whether the release is still well before it has counted.
  if (ranMs >= soakMs && since !== undefined && context.measurements === undefined)
    return { verdict: "wait", reason: "the clients' reports have not been counted", evidence };
  if (ranMs >= soakMs && counts) return { verdict: "pass", reason: `has been ${wanted}`, evidence };
  if (since !== undefined)
    return {
      verdict: "wait",
      reason: `has been ${formatDuration(ranMs)} of ${wanted}`,
      evidence,
      until: now + soakMs - ranMs,
    };
  return {
    verdict: "wait",
    reason: `has been ${formatDuration(ranMs)} of ${wanted}, and the clock stands: ${wellBefore(context, least).reason}`,
    evidence,
    who: `the clients of ${previous.name}, by reporting that they are well`,
  };
}

/** How many clients the healthy soaks of a stage want to have confirmed: the most that one of them says; undefined: it has none. */
export function healthyClients(stage: Stage): number | undefined {
  const wanted = stage.gates.flatMap((gate) => (typeof gate.soak === "object" ? [gate.soak["min-clients"]] : []));
  return wanted.length === 0 ? undefined : Math.max(...wanted);
}
