import { z } from "zod";
import { stageOf } from "../application/state.ts";
import { durationValue } from "../pipeline/values.ts";
import { nameSchema } from "../release/manifest.ts";
import { formatDuration } from "../time/duration.ts";
import { type Millis, rfc3339 } from "../time/instant.ts";
import type { GateContext, GateKind, Verdict } from "./gate.ts";

const schema = z
  .strictObject({
    stages: z
      .array(nameSchema)
      .min(1)
      .max(50)
      .refine((names) => new Set(names).size === names.length, "must not name a stage twice")
      .describe("Stages of this pipeline that come before this one"),
    for: durationValue.default(0).describe("How long in each of them, since it was fully rolled out there"),
  })
  .describe("The release has been fully rolled out in each of these stages for that long, without a rollback");

/**
 * The release was fully rolled out in each of the named stages at least so long ago, and was not rolled back there since. A
 * newer release that takes over does not stop the clock, as with `soak`.
 */
export const testedIn: GateKind<typeof schema> = {
  schema,
  evaluate({ stages, for: forMs }, context) {
    const tests = stages.map((stage) => testOf(stage, forMs, context));
    const evidence = {
      forMs,
      stages: tests.map(({ stage, since }) => ({ stage, ...(since === undefined ? {} : { since: rfc3339(since) }) })),
    };
    const unknown = tests.filter(({ known }) => !known).map(({ stage }) => stage);
    if (unknown.length > 0)
      return {
        verdict: "fail",
        reason: `the pipeline has no stage ${unknown.join(" and no stage ")} before ${context.stage.name}`,
        evidence,
        who: "whoever changes the pipeline",
      };
    return verdictOf(tests, forMs, context.now, evidence);
  },
};

interface StageTest {
  readonly stage: string;
  readonly known: boolean;
  /** When it was fully rolled out there; absent: it is not, or was rolled back. */
  readonly since: Millis | undefined;
}

function testOf(
  stage: string,
  forMs: number,
  { state, release, stage: own }: GateContext,
): StageTest & { until?: Millis } {
  const names = state.pipeline?.pipeline.stages.map(({ name }) => name) ?? [];
  const known = names.includes(stage) && names.indexOf(stage) < names.indexOf(own.name);
  const since = stageOf(state, stage).completed.get(release.version)?.at;
  return { stage, known, since, ...(since === undefined ? {} : { until: since + forMs }) };
}

function verdictOf(
  tests: readonly (StageTest & { readonly until?: Millis })[],
  forMs: number,
  now: Millis,
  evidence: Verdict["evidence"],
): Verdict {
  const lasting = forMs === 0 ? "" : ` for ${formatDuration(forMs)}`;
  const missing = tests.filter(({ since }) => since === undefined).map(({ stage }) => stage);
  if (missing.length > 0)
    return {
      verdict: "wait",
      reason: `is not fully rolled out in ${missing.join(" and ")} yet`,
      evidence,
      who: `whoever ${missing.join(" and ")} wait${missing.length === 1 ? "s" : ""} for`,
    };
  const short = tests.filter(({ until }) => until !== undefined && until > now);
  if (short.length > 0)
    return {
      verdict: "wait",
      reason: `has not been tested${lasting} in ${short.map(({ stage }) => stage).join(" and ")} yet`,
      evidence,
      until: Math.max(...short.map(({ until }) => until ?? 0)),
    };
  return {
    verdict: "pass",
    reason: `was tested${lasting} in ${tests.map(({ stage }) => stage).join(" and ")}`,
    evidence,
  };
}
