import { z } from "zod";
import { checkOf } from "../application/check-results.ts";
import { durationValue } from "../pipeline/values.ts";
import { nameSchema } from "../release/manifest.ts";
import { rfc3339 } from "../time/instant.ts";
import type { GateKind } from "./gate.ts";
import { isNamed } from "./named.ts";

const schema = z
  .strictObject({
    name: nameSchema.describe("The name under which the result is reported"),
    "max-age": durationValue
      .refine((ms) => ms > 0, "must be longer than nothing")
      .optional()
      .describe("How long a result counts; for ever where nothing is said"),
    from: z
      .array(nameSchema)
      .max(50)
      .default([])
      .describe("Whose results count: names of tokens, or of groups of tokens; everybody's where nobody is named"),
  })
  .describe("A result from outside, such as a security scan's in CI, was reported and is a pass");

/** A result that was reported of the release is a pass, recent enough, and from somebody whose word counts. */
export const check: GateKind<typeof schema> = {
  schema,
  evaluate({ name, from, "max-age": maxAge }, { state, release, now }) {
    const reported = checkOf(state, release.version, name);
    const who = `${from.length === 0 ? "CI, or a publisher, approver or operator" : from.join(", ")}: sluice check ${release.version} ${name} pass`;
    if (reported === undefined || (from.length > 0 && !isNamed(from, reported)))
      return { verdict: "wait", reason: `no result of ${name} was reported`, evidence: { check: name, from }, who };
    const { result, at, by, comment, url } = reported;
    const end = maxAge === undefined ? undefined : at + maxAge;
    const evidence = {
      check: name,
      result,
      by,
      at: rfc3339(at),
      ...(comment === "" ? {} : { comment }),
      ...(url === undefined ? {} : { url }),
      ...(end === undefined ? {} : { staleAt: rfc3339(end) }),
    };
    const told = `${name}, reported by ${by}${comment === "" ? "" : `: ${comment}`}`;
    if (result !== "pass") return { verdict: "fail", reason: `failed: ${told}`, evidence, who };
    if (end !== undefined && now >= end)
      return { verdict: "wait", reason: `the pass of ${name} by ${by} went stale at ${rfc3339(end)}`, evidence, who };
    return { verdict: "pass", reason: `passed: ${told}`, evidence, ...(end === undefined ? {} : { until: end }) };
  },
};
