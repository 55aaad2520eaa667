import type { FindingVerdict } from "@sluice/core/analysis/finding.ts";
import type { Noted } from "../world/monitor.ts";

/** What an answer of a monitor means for a release, read anew from what came back: nothing is asked of the production judges. */
export function meaningOf({ analysis: { kind, config }, raw, tookMs }: Noted): FindingVerdict {
  if (kind === "prometheus" && "body" in raw) return meaningOfSamples(config, raw.body);
  if (kind === "http") {
    if (!("age" in raw)) return config["no-answer"];
    if (raw.age > 0) return "inconclusive";
    const slow = config["max-latency"] !== undefined && tookMs > config["max-latency"];
    return !slow && raw.status < 300 && raw.body.includes("ok") ? "pass" : "fail";
  }
  if (kind === "command" && "exitCode" in raw)
    return ({ 0: "pass", 1: "fail", 3: "inconclusive" } as const)[raw.exitCode] ?? "error";
  if (kind !== "cloudwatch" || !("states" in raw)) return "error";
  const states = config.alarms.map((name) => raw.states[name]);
  if (states.includes("ALARM")) return "fail";
  if (states.includes(undefined)) return "error";
  return states.includes("INSUFFICIENT_DATA") ? "inconclusive" : "pass";
}

/** The samples are read from the text: those that are numbers count, the worst of them. */
function meaningOfSamples(
  { max, min }: { readonly max?: number | undefined; readonly min?: number | undefined },
  body: string,
) {
  if (!body.includes('"success"')) return "error";
  const samples = [...body.matchAll(/\[1,"([^"]*)"\]/g)].map(([, text = ""]) =>
    Number(text.replace("Inf", "Infinity")),
  );
  const numbers = samples.filter((sample) => !Number.isNaN(sample));
  if (numbers.length === 0) return "inconclusive";
  const outside = max === undefined ? Math.min(...numbers) < (min ?? 0) : Math.max(...numbers) > max;
  return outside ? "fail" : "pass";
}
