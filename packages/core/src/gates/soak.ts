import { durationValue } from "../pipeline/values.ts";
import { formatDuration } from "../time/duration.ts";
import { rfc3339 } from "../time/instant.ts";
import type { GateKind } from "./gate.ts";

const schema = durationValue.describe(
  "How long the release has been fully rolled out in the stage before, without a rollback",
);

/**
 * The release has been fully rolled out in the stage before for at least as long as the pipeline says, without having been
 * rolled back there. The clock starts when the rollout is complete, and goes on when a newer release takes over. In the first
 * stage it starts with the publication.
 */
export const soak: GateKind<typeof schema> = {
  schema,
  evaluate(soakMs, { release, previous, now }) {
    const where = previous === undefined ? "since it was published" : `in ${previous.name}`;
    const since = previous === undefined ? release.publishedAt : previous.completed.get(release.version)?.at;
    if (since === undefined)
      return {
        verdict: "wait",
        reason: `the soak of ${formatDuration(soakMs)} starts when it is fully rolled out ${where}`,
        evidence: { soakMs },
      };
    const until = since + soakMs;
    const evidence = { soakMs, since: rfc3339(since), until: rfc3339(until) };
    return now >= until
      ? { verdict: "pass", reason: `has soaked ${formatDuration(soakMs)} ${where}`, evidence }
      : { verdict: "wait", reason: `soaks ${formatDuration(soakMs)} ${where}`, evidence, until };
  },
};
