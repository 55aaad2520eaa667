import { expect, test } from "vitest";
import { consentTo, type Offered, type Policy } from "./consent.ts";

const update: Offered = { kind: "update", version: "2.0.0", mandatory: false };
const rollback: Offered = { kind: "rollback", version: "1.0.0", mandatory: true };
const policy: Policy = {
  autoInstall: true,
  automaticRollback: true,
  window: { days: ["saturday"], start: "02:00", end: "06:00", zone: "UTC" },
};
const friday = Temporal.Instant.from("2026-06-05T12:00:00Z").epochMilliseconds;
const saturday = Temporal.Instant.from("2026-06-06T03:00:00Z").epochMilliseconds;

test("an update waits for the window, and knows when it opens", () => {
  expect(consentTo(update, policy, friday)).toMatchObject({ given: false, untilMs: saturday - 3_600_000 });
  expect(consentTo(update, policy, saturday)).toEqual({ given: true });
  expect(consentTo(update, { ...policy, window: undefined }, friday)).toEqual({ given: true });
});

test("without automatic installation an update is only on offer", () => {
  expect(consentTo(update, { ...policy, autoInstall: false }, saturday)).toMatchObject({ given: false });
});

test("a rollback waits for nothing but the rollback switch", () => {
  expect(consentTo(rollback, { ...policy, autoInstall: false }, friday)).toEqual({ given: true });
  expect(consentTo(rollback, { ...policy, automaticRollback: false }, saturday)).toMatchObject({ given: false });
});
