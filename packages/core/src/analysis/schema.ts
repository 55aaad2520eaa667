import { z } from "zod";
import { oneOf } from "../pipeline/one-of.ts";
import { severities, shareValue } from "../pipeline/values.ts";
import { measuringShape } from "./measuring.ts";
import { cloudWatchSchema } from "./providers/cloudwatch.ts";
import { commandSchema } from "./providers/command.ts";
import { httpSchema } from "./providers/http.ts";
import { prometheusSchema } from "./providers/prometheus.ts";

/** One analysis of a stage, named by its kind: `- http: { url: … }`. */
export const analysisSchema = oneOf(
  {
    clients: z
      .strictObject({
        "max-failure-rate": shareValue
          .refine((share) => share > 0 && share < 10_000, "must be between 0% and 100%, both excluded")
          .default(100)
          .describe("The failure rate above which a release does harm"),
        "min-clients": z
          .int()
          .min(1)
          .max(1_000_000)
          .default(1)
          .describe("Fewer confirmed clients than this prove nothing"),
      })
      .describe("What the stage's own clients report of the release"),
    issues: z
      .strictObject({ "at-least": z.enum(severities).default("critical") })
      .describe("An open issue of at least this severity is a failure"),
    http: httpSchema.safeExtend(measuringShape).describe("What a URL answers, and how fast"),
    command: commandSchema.safeExtend(measuringShape).describe("What a program of the server says with its exit code"),
    prometheus: prometheusSchema.safeExtend(measuringShape).describe("What a query of a Prometheus server gives"),
    cloudwatch: cloudWatchSchema.safeExtend(measuringShape).describe("Which state alarms of Amazon CloudWatch are in"),
  },
  "analysis",
);

export type Analysis = z.output<typeof analysisSchema>;

/** The kinds that something outside has to be asked for, at intervals. */
export const measuredKinds = ["http", "command", "prometheus", "cloudwatch"] as const;
export type MeasuredKind = (typeof measuredKinds)[number];
