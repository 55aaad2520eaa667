import { z } from "zod";
import type { Evidence } from "../../gates/gate.ts";
import { durationValue } from "../../pipeline/values.ts";
import { type Finding, measurementError } from "../finding.ts";
import { placeholderProblem } from "../placeholders.ts";
import { headersSchema, urlSchema } from "./http.ts";

const limitSchema = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^-?\d+(?:\.\d+)?%$/)
        .transform((text) => Number(text.slice(0, -1)) / 100),
    ],
    "must be a number, or a share such as 5%",
  )
  .describe("A number, or a share such as 5%, which stands for 0.05");

/** An instant query and the limits of its value. Durations become ms, shares numbers. */
export const prometheusSchema = z
  .strictObject({
    url: urlSchema
      .optional()
      .describe(
        "The Prometheus server, such as http://prometheus:9090; the one that Sluice was started with, unless given",
      ),
    query: z
      .string()
      .min(1)
      .max(10_000)
      .superRefine((query, context) => {
        const problem = placeholderProblem(query);
        if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
      })
      .describe("PromQL that gives one number"),
    max: limitSchema.optional(),
    min: limitSchema.optional(),
    aggregate: z
      .enum(["max", "min", "sum", "avg"])
      .optional()
      .describe("What becomes of several samples; without it, several are an error of the query"),
    headers: headersSchema.default({}),
    timeout: durationValue
      .refine((ms) => ms >= 1 && ms <= 300_000, "must be between 1ms and 5m")
      .default(10_000)
      .describe("When an answer that is not there yet is no longer waited for"),
  })
  .refine(({ max, min }) => max !== undefined || min !== undefined, "must name a limit: max or min")
  .refine(({ max, min }) => max === undefined || min === undefined || min <= max, {
    path: ["min"],
    error: "must not be above max",
  });

export type PrometheusProbe = z.output<typeof prometheusSchema>;

/**
 * An answer to an instant query, as far as it is read.
 * https://prometheus.io/docs/prometheus/latest/querying/api/#expression-query-result-formats
 */
const answerSchema = z.union([
  z.object({
    status: z.literal("success"),
    data: z.discriminatedUnion("resultType", [
      z.object({
        resultType: z.literal("vector"),
        result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })),
      }),
      z.object({ resultType: z.literal("scalar"), result: z.tuple([z.number(), z.string()]) }),
      z.object({ resultType: z.enum(["matrix", "string"]) }),
    ]),
  }),
  z.object({ status: z.literal("error"), errorType: z.string(), error: z.string() }),
]);

/** Holds what a Prometheus server answered, read as JSON, to the limits. NaN and no sample at all are no data. */
export function judgePrometheus(probe: PrometheusProbe, answer: unknown): Finding {
  const evidence: Evidence = {
    query: probe.query,
    ...(probe.max === undefined ? {} : { max: probe.max }),
    ...(probe.min === undefined ? {} : { min: probe.min }),
  };
  const read = answerSchema.safeParse(answer);
  if (!read.success) return measurementError("the answer is not a Prometheus server's", evidence);
  if (read.data.status === "error")
    return measurementError(
      `the query was refused: ${read.data.errorType}: ${read.data.error.slice(0, 300)}`,
      evidence,
    );
  const { data } = read.data;
  if (data.resultType !== "vector" && data.resultType !== "scalar")
    return measurementError(`the query gives a ${data.resultType}, not a number`, evidence);
  const texts = data.resultType === "scalar" ? [data.result[1]] : data.result.map((sample) => sample.value[1]);
  if (texts.length > 1 && probe.aggregate === undefined)
    return measurementError(
      `the query gives ${texts.length} samples: aggregate them in the query, or name aggregate: max, min, sum or avg`,
      evidence,
    );
  const values = texts.map(numberOf).filter((value) => !Number.isNaN(value));
  if (values.length === 0)
    return {
      verdict: "inconclusive",
      reason: texts.length === 0 ? "no data: the query gives no sample" : "no data: the query gives NaN",
      evidence,
    };
  return judgeValue(probe, aggregate(values, probe.aggregate), evidence);
}

function judgeValue({ max, min }: PrometheusProbe, value: number, limits: Evidence): Finding {
  const shown = shownNumber(value);
  const evidence = { ...limits, value: Number.isFinite(value) ? value : String(value) };
  if (max !== undefined && value > max)
    return { verdict: "fail", reason: `${shown} is above ${shownNumber(max)}`, evidence };
  if (min !== undefined && value < min)
    return { verdict: "fail", reason: `${shown} is below ${shownNumber(min)}`, evidence };
  const limit = [
    ...(min === undefined ? [] : [`at least ${shownNumber(min)}`]),
    ...(max === undefined ? [] : [`at most ${shownNumber(max)}`]),
  ];
  return { verdict: "pass", reason: `${shown}, ${limit.join(" and ")}`, evidence };
}

function aggregate(values: readonly number[], how: PrometheusProbe["aggregate"]): number {
  const sum = () => values.reduce((total, value) => total + value, 0);
  switch (how) {
    case "max":
      return values.reduce((a, b) => Math.max(a, b));
    case "min":
      return values.reduce((a, b) => Math.min(a, b));
    case "avg":
      return sum() / values.length;
    default:
      return sum();
  }
}

function numberOf(text: string): number {
  if (text === "+Inf") return Number.POSITIVE_INFINITY;
  return text === "-Inf" ? Number.NEGATIVE_INFINITY : Number(text);
}

function shownNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}
