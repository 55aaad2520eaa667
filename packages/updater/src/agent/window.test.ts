import { expect, test } from "vitest";
import { type MaintenanceWindow, windowState } from "./window.ts";

const berlin: MaintenanceWindow = { days: ["sunday"], start: "02:00", end: "06:00", zone: "Europe/Berlin" };
const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds;

function state(window: MaintenanceWindow, moment: string) {
  const { open, changesAt } = windowState(window, at(moment));
  return [open, Temporal.Instant.fromEpochMilliseconds(changesAt).toString()];
}

test("it is open from its start to just before its end, on its days, in its zone", () => {
  // 2026-06-07 is a Sunday; Berlin is two hours ahead of UTC.
  expect(state(berlin, "2026-06-06T23:59:59.999Z")).toEqual([false, "2026-06-07T00:00:00Z"]);
  expect(state(berlin, "2026-06-07T00:00:00Z")).toEqual([true, "2026-06-07T04:00:00Z"]);
  expect(state(berlin, "2026-06-07T03:59:59.999Z")).toEqual([true, "2026-06-07T04:00:00Z"]);
  expect(state(berlin, "2026-06-07T04:00:00Z")).toEqual([false, "2026-06-14T00:00:00Z"]);
});

test("when clocks are put forward, a start in the gap moves behind it", () => {
  // 2026-03-29: 02:00 CET becomes 03:00 CEST at 01:00 UTC.
  expect(state(berlin, "2026-03-29T00:30:00Z")).toEqual([false, "2026-03-29T01:00:00Z"]);
  expect(state(berlin, "2026-03-29T01:00:00Z")).toEqual([true, "2026-03-29T04:00:00Z"]);
});

test("a window that lies wholly in the gap is as long as ever, behind it", () => {
  const short = { ...berlin, start: "02:15", end: "02:45" };
  expect(state(short, "2026-03-29T01:00:00Z")).toEqual([false, "2026-03-29T01:15:00Z"]);
  expect(state(short, "2026-03-29T01:20:00Z")).toEqual([true, "2026-03-29T01:45:00Z"]);
});

test("when clocks are put back, the hour that comes twice is in the window twice", () => {
  // 2026-10-25: 03:00 CEST becomes 02:00 CET at 01:00 UTC.
  const hour = { ...berlin, end: "03:00" };
  expect(state(hour, "2026-10-25T00:00:00Z")).toEqual([true, "2026-10-25T02:00:00Z"]);
  expect(state(hour, "2026-10-25T01:30:00Z")).toEqual([true, "2026-10-25T02:00:00Z"]);
  const early = { ...berlin, start: "01:00", end: "02:30" };
  expect(state(early, "2026-10-25T01:15:00Z")).toEqual([true, "2026-10-25T01:30:00Z"]);
});

test("it may reach over midnight, and last a whole day", () => {
  const night = { ...berlin, start: "22:00", end: "04:00", zone: "UTC" };
  expect(state(night, "2026-06-08T03:00:00Z")).toEqual([true, "2026-06-08T04:00:00Z"]);
  expect(state({ ...night, start: "00:00", end: "24:00" }, "2026-06-07T12:00:00Z")).toEqual([
    true,
    "2026-06-08T00:00:00Z",
  ]);
});
