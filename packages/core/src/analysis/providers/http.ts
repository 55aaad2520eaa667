import { z } from "zod";
import type { Evidence } from "../../gates/gate.ts";
import { durationValue } from "../../pipeline/values.ts";
import type { Finding } from "../finding.ts";
import { placeholderProblem, secretForm } from "../placeholders.ts";

const statusPattern = /^[1-5](?:\d\d|xx)$/;

const statusSchema = z
  .union([z.int().min(100).max(599).transform(String), z.string().regex(statusPattern)])
  .describe("A status such as 200, or a class such as 2xx");

export const urlSchema = z
  .string()
  .max(2_000)
  .refine(isWebUrl, "must be an http or https URL without a user name or password")
  .superRefine((url, context) => {
    const problem = placeholderProblem(url);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  });

export const headersSchema = z
  .record(
    z.string(),
    z
      .string()
      .max(1_000)
      .regex(/^[\t\x20-\x7e]*$/, "must be printable ASCII")
      .superRefine((value, context) => {
        const problem = placeholderProblem(value, { secrets: true });
        if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
      }),
  )
  .refine(
    (headers) => Object.keys(headers).every((name) => /^[A-Za-z0-9-]{1,64}$/.test(name)),
    "must hold names of headers",
  )
  .refine((headers) => Object.keys(headers).length <= 20, "must not name more than 20 headers");

/** One request and what its answer must be. Durations become ms. */
export const httpSchema = z
  .strictObject({
    url: urlSchema.describe("What is asked, with GET"),
    headers: headersSchema.default({}).describe(`Sent along; ${secretForm} stands for a secret of the server`),
    expect: z
      .union([statusSchema.transform((status) => [status]), z.array(statusSchema).min(1).max(20)])
      .default(["200"])
      .describe("The status that passes, or several"),
    contains: z.string().min(1).max(1_000).optional().describe("What the body must contain"),
    "max-latency": durationValue
      .optional()
      .describe("The longest time from the beginning of the connection to the end of the answer"),
    timeout: durationValue
      .refine((ms) => ms >= 1 && ms <= 300_000, "must be between 1ms and 5m")
      .default(10_000)
      .describe("When an answer that is not there yet is no longer waited for"),
    "no-answer": z
      .enum(["error", "fail"])
      .default("error")
      .describe("Whether no answer at all says nothing of the release, or is its failure"),
    "follow-redirects": z.boolean().default(false).describe("Whether a redirect is followed, at most 5 in a row"),
  })
  .refine((probe) => (probe["max-latency"] ?? 0) <= probe.timeout, {
    path: ["timeout"],
    error: "must not be shorter than max-latency",
  });

export type HttpProbe = z.output<typeof httpSchema>;

/** An answer that came whole. */
export interface HttpAnswer {
  readonly status: number;
  /** From the beginning of the connection to the end of the answer. */
  readonly latencyMs: number;
  readonly body: string;
  /** What the `Age` header says, in seconds, where a cache answered instead of the server. */
  readonly ageSeconds?: number;
}

/** Longest beginning of a body that is kept, in characters. */
const excerptLength = 200;

/** Holds an answer to what the probe expects of it. */
export function judgeHttp(probe: HttpProbe, answer: HttpAnswer): Finding {
  const { status, latencyMs, body } = answer;
  const longest = probe["max-latency"];
  const evidence: Evidence = {
    url: probe.url,
    status,
    latencyMs,
    expect: probe.expect,
    ...(longest === undefined ? {} : { maxLatencyMs: longest }),
    ...(probe.contains === undefined ? {} : { contains: probe.contains }),
  };
  if (answer.ageSeconds !== undefined)
    return {
      verdict: "inconclusive",
      reason: `a cache answered, with what it was given ${answer.ageSeconds} s ago`,
      evidence: { ...evidence, ageSeconds: answer.ageSeconds },
    };
  const problems: string[] = [];
  if (!probe.expect.some((expected) => matchesStatus(status, expected)))
    problems.push(`answered ${status}, not ${probe.expect.join(" or ")}`);
  if (longest !== undefined && latencyMs > longest) problems.push(`took ${latencyMs} ms, more than ${longest} ms`);
  if (probe.contains !== undefined && !body.includes(probe.contains))
    problems.push(`the body does not contain ${JSON.stringify(probe.contains)}`);
  if (problems.length === 0) return { verdict: "pass", reason: `answered ${status} in ${latencyMs} ms`, evidence };
  return { verdict: "fail", reason: problems.join("; "), evidence: { ...evidence, body: excerpt(body) } };
}

/** Nothing, or no whole answer, came. */
export function judgeNoAnswer(probe: HttpProbe, reason: string): Finding {
  return { verdict: probe["no-answer"], reason, evidence: { url: probe.url } };
}

function matchesStatus(status: number, expected: string): boolean {
  return expected.endsWith("xx") ? String(status).startsWith(expected.slice(0, 1)) : String(status) === expected;
}

function excerpt(body: string): string {
  return body.slice(0, excerptLength).replace(/\p{Cc}+/gu, " ");
}

function isWebUrl(text: string): boolean {
  return /^https?:\/\/[^\s/?#@]+(?:[/?#]\S*)?$/i.test(text);
}
