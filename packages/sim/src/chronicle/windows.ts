import type { WindowConfig, WindowRule } from "@sluice/core/gates/window/schema.ts";

const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const dayMs = 86_400_000;

/** Whether windows keep a stage shut. All that are simulated are in UTC; a recurring one comes every so many days or each week. */
export function isShut(window: WindowConfig, at: number): boolean {
  if ("from" in window || "rrule" in window) return !isOn(window, at);
  const { allow, deny } = window;
  return deny.some((rule) => isOn(rule, at)) || (allow.length > 0 && !allow.some((rule) => isOn(rule, at)));
}

function isOn(rule: WindowRule, at: number): boolean {
  if ("rrule" in rule) {
    const [, every = "1"] = rule.rrule.match(/^FREQ=DAILY;INTERVAL=(\d+)$/) ?? [];
    const periodMs = rule.rrule.startsWith("FREQ=WEEKLY") ? 7 * dayMs : Number(every) * dayMs;
    const first = Date.parse(`${rule.starts}:00Z`);
    return at >= first && (at - first) % periodMs < rule.lasts;
  }
  const moment = new Date(at);
  const minute = moment.getUTCHours() * 60 + moment.getUTCMinutes();
  const isDay = rule.days.some((day) => day === days[moment.getUTCDay()]);
  return isDay && minute >= rule.from && minute < rule.to;
}
