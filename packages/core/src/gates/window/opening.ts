import type { Millis } from "../../time/instant.ts";
import { isInRecurring, recurringEdges } from "./recurring.ts";
import type { WindowConfig, WindowRule } from "./schema.ts";
import { isInWeekly, weeklyEdges } from "./weekly.ts";

const day = 86_400_000;
/** How far ahead an opening is looked for. */
const horizonMs = 400 * day;
/** A weekly window begins or ends at least once in this many days, which are looked at together. */
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
  const rules = [...allow, ...deny].map((rule) => edgesOf(rule, zone, at));
  for (;;) {
    const edge = Math.min(...rules.map(({ next }) => next));
    if (edge >= at + horizonMs) return undefined;
    if (isOpen(config, edge) === open) return edge;
    for (const rule of rules) if (rule.next === edge) rule.pass();
  }
}

/** The moments after another at which one rule begins or ends, one after the other. */
interface Edges {
  /** The next of them; infinite where there is none. */
  readonly next: Millis;
  pass(): void;
}

function edgesOf(rule: WindowRule, zone: string, at: Millis): Edges {
  const isWeekly = !("rrule" in rule);
  let from = at;
  let known: Millis[] = [];
  const refill = () => {
    if (isWeekly) {
      const to = from + daysAtOnce * day;
      known = [...new Set(weeklyEdges(rule, zone, from, daysAtOnce))]
        .filter((edge) => edge <= to)
        .sort((a, b) => a - b);
      from = to;
    } else {
      // Of what recurs only the next edge is sure: another occurrence may come between those after it.
      known = recurringEdges(rule, zone, from)
        .sort((a, b) => a - b)
        .slice(0, 1);
      from = known[0] ?? from;
    }
  };
  refill();
  return {
    get next() {
      return known[0] ?? Number.POSITIVE_INFINITY;
    },
    pass() {
      known.shift();
      if (known.length === 0) refill();
    },
  };
}
