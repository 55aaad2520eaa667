import { z } from "zod";
import { durationValue } from "../pipeline/values.ts";
import { nameSchema } from "../release/manifest.ts";

/** How an analysis that measures goes about it, whatever it measures. Durations become ms. */
export const measuringShape = {
  name: nameSchema.optional().describe("What it is called; its kind, unless told otherwise"),
  interval: durationValue
    .refine((ms) => ms >= 1_000 && ms <= 86_400_000, "must be between 1s and 24h")
    .default(60_000)
    .describe("How long to wait from one measurement to the next"),
  "initial-delay": durationValue.default(0).describe("How long to wait after the rollout has begun"),
  count: z
    .int()
    .min(1)
    .max(1_000)
    .default(1)
    .describe("How many measurements must pass at an exposure before it rises"),
  for: durationValue
    .default(0)
    .describe("How long it must be outside its limits, without passing in between, before that is a failure"),
  failures: z.int().min(0).max(1_000).default(0).describe("How many failures are borne; one more fails the release"),
  inconclusive: z
    .int()
    .min(0)
    .max(1_000)
    .optional()
    .describe(
      "How many inconclusive measurements are borne before `on-inconclusive` applies; any number, unless given",
    ),
  "consecutive-errors": z
    .int()
    .min(0)
    .max(1_000)
    .default(4)
    .describe("How many measurements in a row may not work before the last that did no longer counts"),
  "on-inconclusive": z
    .enum(["hold", "pause"])
    .default("hold")
    .describe("What follows too many inconclusive measurements or errors: the exposure stays, or a person is asked"),
} as const;

const measuringSchema = z.object(measuringShape);
export type Measuring = z.output<typeof measuringSchema>;

/** Longest wait before a measurement that did not work is tried again, in ms. */
const retryMs = 10_000;

/** How many intervals a pass counts for: after that nobody knows. */
const freshIntervals = 5;
/** After how many intervals a pass that is like the one before is recorded again; less than the ones it counts for. */
const repeatIntervals = 3;
/** While a release is verified nothing rises, and a pass that is like those before is recorded ever less often. */
const steadyShare = 1 / 20;

/** How long after a measurement the next one is due. */
export function pauseAfter(measuring: Measuring, verdict: "error" | "pass" | "fail" | "inconclusive"): number {
  return verdict === "error" ? Math.min(measuring.interval, retryMs) : measuring.interval;
}

/**
 * How long a measurement that is like the one recorded before need not be recorded again.
 * @param steadyMs for how long they have been alike
 * @param rising whether an exposure waits for them
 */
export function repeatAfter(measuring: Measuring, steadyMs: number, rising: boolean): number {
  const least = repeatIntervals * measuring.interval;
  return rising ? least : Math.max(least, steadyMs * steadyShare);
}

/** How long a recorded pass counts. */
export function freshFor(
  measuring: Measuring & { readonly timeout?: number },
  steadyMs: number,
  rising: boolean,
): number {
  const repeat = repeatAfter(measuring, steadyMs, rising);
  return (repeat * freshIntervals) / repeatIntervals + (measuring.timeout ?? 0);
}
