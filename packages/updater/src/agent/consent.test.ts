import { describe, expect, test } from "vitest";
import type { Offered } from "../events.ts";
import { consentTo, type Policy } from "./consent.ts";

const update: Offered = { kind: "update", version: "2.0.0", mandatory: false };
const rollback: Offered = { kind: "rollback", version: "1.0.0", mandatory: true };
const policy: Policy = {
  autoInstall: true,
  automaticRollback: true,
  window: { days: ["saturday"], start: "02:00", end: "06:00", zone: "UTC" },
};
const hour = 3_600_000;
const friday = Temporal.Instant.from("2026-06-05T12:00:00Z").epochMilliseconds;
const opens = Temporal.Instant.from("2026-06-06T02:00:00Z").epochMilliseconds;
const saturday = opens + hour;

test("an update waits for the window, and knows when it opens and closes", () => {
  expect(consentTo(update, policy, {}, friday)).toMatchObject({
    given: false,
    untilMs: opens,
    closesMs: opens + 4 * hour,
  });
  expect(consentTo(update, policy, {}, saturday)).toEqual({ given: true });
  expect(consentTo(update, { ...policy, window: undefined }, {}, friday)).toEqual({ given: true });
});

test("who is late for a window waits for the next and says so", () => {
  expect(consentTo(update, policy, {}, opens + 4 * hour)).toMatchObject({
    given: false,
    untilMs: opens + 7 * 24 * hour,
    why: "the maintenance window opens at 2026-06-13T02:00:00.000Z",
  });
});

test("without automatic installation an update is only on offer", () => {
  expect(consentTo(update, { ...policy, autoInstall: false }, {}, saturday)).toMatchObject({ given: false });
});

test("a rollback waits for nothing but the rollback switch", () => {
  const choices = { skipped: "1.0.0", deferredUntilMs: saturday + hour };
  expect(consentTo(rollback, { ...policy, autoInstall: false }, choices, friday)).toEqual({ given: true });
  expect(consentTo(rollback, { ...policy, automaticRollback: false }, {}, saturday)).toMatchObject({ given: false });
});

describe("what people say", () => {
  test("a skipped version is not installed; the next one is", () => {
    expect(consentTo(update, policy, { skipped: "2.0.0" }, saturday)).toMatchObject({
      given: false,
      why: expect.stringMatching(/skipped/),
    });
    expect(consentTo({ ...update, version: "2.0.1" }, policy, { skipped: "2.0.0" }, saturday)).toEqual({ given: true });
  });

  test("a deferral ends by itself", () => {
    const choices = { deferredUntilMs: saturday + hour };
    expect(consentTo(update, policy, choices, saturday)).toMatchObject({ given: false, untilMs: saturday + hour });
    expect(consentTo(update, policy, choices, saturday + hour)).toEqual({ given: true });
  });

  test("a scheduled version comes at its time, whatever the window and the configuration say", () => {
    const choices = { scheduled: { version: "2.0.0", atMs: friday + hour }, skipped: "2.0.0" };
    const strict = { ...policy, autoInstall: false };
    expect(consentTo(update, strict, choices, friday)).toMatchObject({ given: false, untilMs: friday + hour });
    expect(consentTo(update, strict, choices, friday + hour)).toEqual({ given: true });
    expect(consentTo({ ...update, version: "2.0.1" }, strict, choices, friday + hour)).toMatchObject({ given: false });
  });
});

describe("a mandatory update", () => {
  const mandatory: Offered = { ...update, mandatory: true };
  const due: Offered = { ...mandatory, version: "2.0.1", deadline: { of: "2.0.0", withinMs: 2 * hour } };

  test("needs no automatic installation and cannot be skipped, but waits for its window", () => {
    const off = { ...policy, autoInstall: false };
    expect(consentTo(mandatory, off, { skipped: "2.0.0" }, saturday)).toEqual({ given: true });
    expect(consentTo(mandatory, off, {}, friday)).toMatchObject({ given: false, untilMs: opens });
  });

  test("is installed at its deadline, which runs from when it was first seen, whatever stands against it", () => {
    const choices = { seen: { version: "2.0.0", atMs: friday }, deferredUntilMs: friday + 10 * hour };
    expect(consentTo(due, policy, choices, friday + hour)).toMatchObject({
      given: false,
      untilMs: friday + 2 * hour,
      why: expect.stringMatching(/deferred until .*; being mandatory, it is installed at 2026-06-05T14:00:00.000Z at/),
    });
    expect(consentTo(due, policy, choices, friday + 2 * hour)).toEqual({ given: true });
  });

  test("has no deadline of another release", () => {
    const choices = { seen: { version: "1.9.0", atMs: friday } };
    expect(consentTo(due, policy, choices, friday + 3 * hour)).toMatchObject({ given: false, untilMs: opens });
  });
});
