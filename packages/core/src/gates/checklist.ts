import { z } from "zod";
import { commandSchema } from "../analysis/providers/command.ts";
import { httpSchema } from "../analysis/providers/http.ts";
import { checkOf, itemKey } from "../application/check-results.ts";
import { durationValue } from "../pipeline/values.ts";
import { nameSchema } from "../release/manifest.ts";
import { type Millis, rfc3339 } from "../time/instant.ts";
import type { Evidence, GateContext, GateKind } from "./gate.ts";

const itemSchema = z
  .strictObject({
    id: nameSchema.describe("The name under which it is ticked"),
    title: z.string().min(1).max(200).describe("What must be so, for a person"),
    http: httpSchema.optional().describe("Answered by the server, with a request"),
    command: commandSchema.optional().describe("Answered by the server, with a program"),
    "max-age": durationValue
      .refine((ms) => ms >= 60_000, "must be at least 1m")
      .default(3_600_000)
      .describe("How long an answer of the server counts"),
  })
  .refine(({ http, command }) => http === undefined || command === undefined, "must not have both http and command");

const schema = z
  .array(itemSchema)
  .min(1)
  .max(100)
  .refine((items) => new Set(items.map(({ id }) => id)).size === items.length, "must not name an item twice")
  .describe("Every item is ticked by a person, with evidence, or answered by the server");

export type ChecklistItem = z.output<typeof itemSchema>;

interface Answered {
  readonly item: ChecklistItem;
  readonly result: "pass" | "fail" | "open";
  readonly told: string;
  readonly evidence: Evidence;
  readonly until?: Millis;
}

/** What is missing in a long list, for a person: its beginning. All of it is in the evidence. */
function named(missing: readonly Answered[]): string {
  const first = missing.slice(0, 5).map(({ told }) => told);
  return [...first, ...(missing.length > 5 ? [`and ${missing.length - 5} more`] : [])].join("; ");
}

/** Whether the server answers an item, rather than a person. */
export function isProbed({ http, command }: ChecklistItem): boolean {
  return http !== undefined || command !== undefined;
}

/** Every item of the list passes for this release in this stage. A tick is of a release, and stays; what the server found wears out. */
export const checklist: GateKind<typeof schema> = {
  schema,
  evaluate(items, context) {
    const answers = items.map((item) => answerOf(item, context));
    const missing = answers.filter(({ result }) => result !== "pass");
    const reason = `${items.length - missing.length} of ${items.length} items${missing.length === 0 ? "" : `; ${named(missing)}`}`;
    const evidence = { items: answers.map((answer) => answer.evidence) };
    if (missing.length === 0) {
      const until = Math.min(...answers.map((answer) => answer.until ?? Number.POSITIVE_INFINITY));
      return { verdict: "pass", reason, evidence, ...(Number.isFinite(until) ? { until } : {}) };
    }
    const who = whoCan(missing, context);
    return { verdict: missing.some(({ result }) => result === "fail") ? "fail" : "wait", reason, evidence, who };
  },
};

function answerOf(item: ChecklistItem, { state, release, stage, now }: GateContext): Answered {
  const { id, title } = item;
  const known = checkOf(state, release.version, itemKey(stage.name, id));
  const asked = isProbed(item) ? state.pipeline?.digest : undefined;
  // What was asked under another pipeline may have been another question, and a person's tick is no answer of the server's.
  if (known === undefined || known.found?.pipeline !== asked)
    return {
      item,
      result: "open",
      told: `${id}: ${isProbed(item) ? "not answered yet" : "not ticked"}`,
      evidence: { id, title },
    };
  const { result, by, at, comment, url, found } = known;
  const until = isProbed(item) ? at + item["max-age"] : undefined;
  const evidence = {
    id,
    title,
    result,
    by,
    at: rfc3339(at),
    ...(comment === "" ? {} : { comment }),
    ...(url === undefined ? {} : { url }),
    ...(found === undefined ? {} : { found: found.evidence }),
    ...(until === undefined ? {} : { staleAt: rfc3339(until) }),
  };
  const told = `${id}: ${comment === "" ? result : `${result}, ${comment}`}`;
  if (until !== undefined && now >= until)
    return { item, result: "open", told: `${id}: answered too long ago`, evidence };
  if (result === "pass") return { item, result, told, evidence, ...(until === undefined ? {} : { until }) };
  return { item, result: result === "fail" ? "fail" : "open", told, evidence };
}

function whoCan(missing: readonly Answered[], { release, stage }: GateContext): string {
  const ticks = missing.filter(({ item }) => !isProbed(item));
  const command = `sluice check ${release.version} ID pass --stage ${stage.name}`;
  return [
    ...(ticks.length === 0 ? [] : [`a publisher, approver or operator: ${command}`]),
    ...(ticks.length === missing.length ? [] : ["whoever mends what the server asks: it asks again by itself"]),
  ].join("; ");
}
