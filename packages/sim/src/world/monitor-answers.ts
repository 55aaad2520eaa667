import type { Analysis, MeasuredKind } from "@sluice/core/analysis/schema.ts";
import type { Random } from "../fleet/random.ts";
import type { MonitorFault } from "./faults.ts";

/** What came back to one question, before anybody judged it; `undefined` parts: nothing came. */
export type RawAnswer =
  | { readonly kind: "prometheus"; readonly status: number; readonly body: string }
  | { readonly kind: "http"; readonly status: number; readonly body: string; readonly age: number }
  | { readonly kind: "command"; readonly exitCode: number }
  | { readonly kind: "cloudwatch"; readonly states: Readonly<Record<string, string>> }
  | { readonly kind: MeasuredKind; readonly nothing: true };

type ConfigOf<Kind extends MeasuredKind> = NonNullable<Analysis[Kind]>;

/** What a Prometheus server says of a release: the limits themselves are still within. */
export function drawPrometheus(
  { max, aggregate }: ConfigOf<"prometheus">,
  isBad: boolean,
  fault: MonitorFault,
  random: Random,
): RawAnswer {
  const answer = (body: string, status = 200): RawAnswer => ({ kind: "prometheus", status, body });
  const vector = (values: readonly string[]) =>
    answer(
      JSON.stringify({
        status: "success",
        data: { resultType: "vector", result: values.map((value) => ({ metric: {}, value: [1, value] })) },
      }),
    );
  if (fault === "empty") return vector(random.chance(0.5) ? [] : ["NaN"]);
  if (fault === "refuses")
    return random.chance(0.5)
      ? answer("<html>bad gateway</html>", 502)
      : answer(JSON.stringify({ status: "error", errorType: "timeout", error: "query timed out" }), 503);
  const pick = (values: readonly string[]) => values[random.below(values.length)] ?? "0";
  const good = max === undefined ? ["0.95", "0.97", "1"] : ["0", String(max / 5), String(max)];
  const bad = max === undefined ? ["0.94", "0.5", "-Inf"] : [String(max + 0.0001), String(max + 0.45), "+Inf"];
  const value = pick(isBad ? bad : good);
  if (random.chance(0.2))
    return answer(JSON.stringify({ status: "success", data: { resultType: "scalar", result: [1, value] } }));
  // The sample that counts is one of several, some of which say nothing.
  const others = aggregate === undefined ? [] : ["NaN", pick(good), "NaN"].slice(random.below(4));
  return vector(random.chance(0.5) ? [value, ...others] : [...others, value]);
}

/** What a release's own health page says. A cache tells how old its answer is. */
export function drawHttp(isBad: boolean, fault: MonitorFault, random: Random): RawAnswer {
  if (fault === "empty") return { kind: "http", status: 200, body: "ok", age: 60 };
  if (!isBad) return { kind: "http", status: random.chance(0.5) ? 200 : 204, body: "all is ok", age: 0 };
  return random.chance(0.5)
    ? { kind: "http", status: 503, body: "ok", age: 0 }
    : { kind: "http", status: 200, body: "it fails", age: 0 };
}

/** How a program ends that looks at a release: 3 is agreed to say nothing, 127 means nothing at all. */
export function drawExit(isBad: boolean, fault: MonitorFault): RawAnswer {
  if (fault === "empty") return { kind: "command", exitCode: 3 };
  if (fault === "refuses") return { kind: "command", exitCode: 127 };
  return { kind: "command", exitCode: isBad ? 1 : 0 };
}

/** In which states a release's alarms are. */
export function drawAlarms(names: readonly string[], isBad: boolean, fault: MonitorFault, random: Random): RawAnswer {
  const states = Object.fromEntries(names.map((name) => [name, "OK"]));
  const one = names[random.below(names.length)] ?? "";
  if (isBad) states[one] = "ALARM";
  else if (fault === "empty") states[one] = "INSUFFICIENT_DATA";
  if (fault === "refuses") delete states[names.find((name) => name !== one) ?? one];
  return { kind: "cloudwatch", states };
}
