import type { Millis } from "../../time/instant.ts";
import { isInRecurring, recurringEdges } from "./recurring.ts";
import type { WindowConfig, WindowRule } from "./schema.ts";
import { isInWeekly, weeklyEdges } from "./weekly.ts";

const day = 86_400_000;
/** How far ahead an opening is looked for. */
const horizonMs = 400 * day;
/** A weekly window begins or ends at least once in this many days. */
const daysAtOnce = 8;

interface Windows {
  readonly zone: string;
  readonly allow: readonly WindowRule[];
  readonly deny: readonly WindowRule[];
}

function windowsOf(config: WindowConfig): Windows {
  return "from" in config || "rrule" in config ? { zone: config.zone, allow: [config], deny: [] } : config;
}

/** Whether the windows let a stage be entered: no `deny` window is on, and if there are `allow` windows, one of those is. */
export function isOpen(config: WindowConfig, at: Millis): boolean {
  const { zone, allow, deny } = windowsOf(config);
  const on = (rule: WindowRule) => ("rrule" in rule ? isInRecurring(rule, zone, at) : isInWeekly(rule, zone, at));
  return !deny.some(on) && (allow.length === 0 || allow.some(on));
}

/** The first moment after `at` at which the windows are open (or, with `open: false`, closed); undefined when there is none in 400 days. */
export function nextChangeTo(open: boolean, config: WindowConfig, at: Millis): Millis | undefined {
  const { zone, allow, deny } = windowsOf(config);
  const rules = [...allow, ...deny];
  const weekly = rules.some((rule) => !("rrule" in rule));
  for (let from = at; from < at + horizonMs; ) {
    const edges = rules
      .flatMap((rule) =>
        "rrule" in rule ? recurringEdges(rule, zone, from) : weeklyEdges(rule, zone, from, daysAtOnce),
      )
      .sort((a, b) => a - b);
    const first = edges[0];
    if (first === undefined) return undefined;
    // Of what recurs only the next edge is known; of what is weekly, all of the days looked at.
    const known = weekly ? from + daysAtOnce * day : first;
    const found = edges.find((edge) => edge <= known && isOpen(config, edge) === open);
    if (found !== undefined) return found;
    from = known;
  }
  return undefined;
}
