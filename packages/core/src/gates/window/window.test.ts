import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isOpen, nextChangeTo } from "./opening.ts";
import { type WindowConfig, windowSchema } from "./schema.ts";
import { windowAt } from "./window.ts";

const minute = 60_000;
const day = 86_400_000;
const allDays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const clock = (hour: number) => `${String(hour).padStart(2, "0")}:00`;
const read = (config: object): WindowConfig => windowSchema.parse(config);
const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds;

/** A sequence of fractions that is the same on every machine (Lehmer's generator, MINSTD). */
function* fractions(seed: number): Generator<number, never> {
  for (let x = seed; ; ) {
    x = (x * 48_271) % 2_147_483_647;
    yield x / 2_147_483_647;
  }
}

describe("a weekly window", () => {
  const night = read({ days: ["sat", "sun"], from: "02:00", to: "06:00", zone: "Europe/Berlin" });

  test.each([
    ["2026-03-28T00:59:59.999Z", false],
    ["2026-03-28T01:00:00Z", true],
    ["2026-03-28T04:59:59.999Z", true],
    ["2026-03-28T05:00:00Z", false],
    // The clocks go forward: 02:00 is 03:00, so it opens with the change and is an hour shorter.
    ["2026-03-29T00:59:59.999Z", false],
    ["2026-03-29T01:00:00Z", true],
    ["2026-03-29T04:00:00Z", false],
    ["2026-03-30T01:00:00Z", false],
    // The clocks go back: the hour from 02:00 comes twice.
    ["2026-10-25T00:00:00Z", true],
    ["2026-10-25T04:59:59Z", true],
    ["2026-10-25T05:00:00Z", false],
  ])("at %s: %s", (moment, open) => {
    expect(isOpen(night, at(moment))).toBe(open);
  });

  test("that crosses midnight belongs to the day on which it begins", () => {
    const late = read({ days: ["fri"], from: "22:00", to: "02:00", zone: "UTC" });
    expect(isOpen(late, at("2026-11-20T23:00:00Z"))).toBe(true);
    expect(isOpen(late, at("2026-11-21T01:59:00Z"))).toBe(true);
    expect(isOpen(late, at("2026-11-20T01:00:00Z"))).toBe(false);
  });

  test("that the clock skips does not open that day", () => {
    const skipped = read({ days: ["sun"], from: "02:10", to: "02:50", zone: "Europe/Berlin" });
    const before = at("2026-03-28T12:00:00Z");
    expect(nextChangeTo(true, skipped, before)).toBe(at("2026-04-05T00:10:00Z"));
  });

  test("lasts to the end of the day where it ends at 24:00", () => {
    const all = read({ days: ["mon"], from: "00:00", to: "24:00", zone: "UTC" });
    expect(isOpen(all, at("2026-11-23T23:59:59Z"))).toBe(true);
    expect(nextChangeTo(false, all, at("2026-11-23T12:00:00Z"))).toBe(at("2026-11-24T00:00:00Z"));
  });
});

describe("against an independent computation, at 10,000 moments around the changes of the clocks in five zones", () => {
  const zones = {
    "Europe/Berlin": ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"],
    "America/New_York": ["2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z"],
    "Australia/Lord_Howe": ["2026-04-04T15:00:00Z", "2026-10-03T15:30:00Z"],
    "America/St_Johns": ["2026-03-08T05:30:00Z", "2026-11-01T04:30:00Z"],
    "Africa/Casablanca": ["2026-02-15T02:00:00Z", "2026-03-22T02:00:00Z"],
  };
  const names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
  const clock = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

  test.each(Object.entries(zones))("%s", (zone, changes) => {
    const wall = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    const random = fractions(zone.length * 7_919);
    const draw = (bound: number) => Math.floor(random.next().value * bound);
    for (let i = 0; i < 2_000; i++) {
      const from = draw(1_440);
      const to = (from + 1 + draw(1_438)) % 1_440;
      const days = names.filter(() => draw(2) === 0);
      if (days.length === 0) days.push("sun");
      const config = read({ days, from: clock(from), to: clock(to), zone });
      const moment = at(changes[i % 2] ?? "") + Math.floor((random.next().value - 0.5) * 2 * day);
      const parts = Object.fromEntries(wall.formatToParts(moment).map(({ type, value }) => [type, value]));
      const now = Number(parts.hour) * 60 + Number(parts.minute);
      const today = names.map(String).indexOf(parts.weekday?.toLowerCase() ?? "");
      const began = (index: number) => days.some((name) => name === names[(index + 7) % 7]);
      const expected =
        from < to
          ? began(today) && now >= from && now < to
          : (began(today) && now >= from) || (began(today - 1) && now < to);
      expect(isOpen(config, moment), `${JSON.stringify(config)} at ${moment}`).toBe(expected);
      const change = nextChangeTo(!expected, config, moment);
      if (change === undefined) continue;
      expect(isOpen(config, change)).toBe(!expected);
      expect(isOpen(config, change - 1)).toBe(expected);
      // Nothing in between is missed: minutes are what windows are made of.
      for (let j = 0; j < 20; j++) {
        const between = moment + Math.floor((random.next().value * (change - moment)) / minute) * minute;
        expect(isOpen(config, between)).toBe(expected);
      }
    }
  });
});

describe("windows in lists", () => {
  const config = read({
    zone: "UTC",
    allow: [{ days: ["mon", "tue", "wed", "thu"], from: "09:00", to: "16:00" }],
    deny: [{ rrule: "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=20", starts: "2025-12-20T00:00", lasts: "2w" }],
  });

  test("are open when one allows and none denies", () => {
    expect(isOpen(config, at("2026-11-23T10:00:00Z"))).toBe(true);
    expect(isOpen(config, at("2026-11-27T10:00:00Z"))).toBe(false);
    expect(isOpen(config, at("2026-12-21T10:00:00Z"))).toBe(false);
    expect(isOpen(config, at("2027-01-04T10:00:00Z"))).toBe(true);
  });

  test("say when they open next", () => {
    expect(nextChangeTo(true, config, at("2026-12-20T10:00:00Z"))).toBe(at("2027-01-04T09:00:00Z"));
  });

  test("that recur and are weekly open where the one allows and the other no longer denies", () => {
    const weekdays = ["mon", "tue", "wed", "thu", "fri", "sun"];
    const saturdays = read({
      zone: "UTC",
      allow: [{ rrule: "FREQ=DAILY;INTERVAL=1", starts: "2024-03-07T07:00", lasts: "12h" }],
      deny: [{ days: weekdays, from: "05:00", to: "20:00" }],
    });
    expect(nextChangeTo(true, saturdays, at("2024-03-07T15:00:00Z"))).toBe(at("2024-03-09T07:00:00Z"));
    expect(nextChangeTo(false, saturdays, at("2024-03-09T07:00:00Z"))).toBe(at("2024-03-09T19:00:00Z"));
  });

  test("change at no other moments than those that are told, whatever they are made of", () => {
    const weekly = fc
      .record({
        days: fc.subarray([...allDays], { minLength: 1 }),
        from: fc.nat(23),
        hours: fc.integer({ min: 1, max: 23 }),
      })
      .map(({ days, from, hours }) => ({ days, from: clock(from), to: clock((from + hours) % 24) }));
    const recurring = fc
      .record({ each: fc.integer({ min: 1, max: 3 }), hour: fc.nat(23), lasts: fc.integer({ min: 1, max: 80 }) })
      .map(({ each, hour, lasts }) => ({
        rrule: `FREQ=DAILY;INTERVAL=${each}`,
        starts: `2026-03-02T${clock(hour)}`,
        lasts: `${lasts}h`,
      }));
    const rules = fc.array(fc.oneof(weekly, recurring), { maxLength: 2 });
    const first = at("2026-03-01T00:00:00Z");
    fc.assert(
      fc.property(rules, rules, (allow, deny) => {
        fc.pre(allow.length + deny.length > 0);
        const config = read({ zone: "UTC", allow, deny });
        // All edges lie on full hours.
        for (let hour = 0; hour < 14 * 24; hour++) {
          const now = first + hour * 60 * minute;
          const is = isOpen(config, now);
          if (isOpen(config, now + 60 * minute) !== is) expect(nextChangeTo(!is, config, now)).toBe(now + 60 * minute);
        }
        const change = nextChangeTo(!isOpen(config, first), config, first);
        for (let moment = first; moment < Math.min(change ?? first, first + 14 * day); moment += 60 * minute)
          expect(isOpen(config, moment)).toBe(isOpen(config, first));
      }),
      { numRuns: 30 },
    );
  });

  test("that never open say that", () => {
    const never = read({
      zone: "UTC",
      deny: [{ days: [...new Set(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])], from: "00:00", to: "24:00" }],
    });
    expect(windowAt(never, at("2026-11-21T00:00:00Z"))).toMatchObject({
      verdict: "fail",
      reason: expect.stringContaining("400 days"),
    });
  });
});

test("the gate says until when it waits, and until when it is open", () => {
  const config = read({ days: ["sat"], from: "02:00", to: "06:00", zone: "Europe/Berlin" });
  expect(windowAt(config, at("2026-11-21T00:59:59Z"))).toMatchObject({
    verdict: "wait",
    until: at("2026-11-21T01:00:00Z"),
  });
  expect(windowAt(config, at("2026-11-21T01:00:00Z"))).toMatchObject({
    verdict: "pass",
    evidence: { closes: "2026-11-21T05:00:00.000Z" },
  });
});

test("what was found out before changes no answer, whichever way time goes", () => {
  const rules = [
    { days: ["sat", "sun"], from: "22:00", to: "06:00", zone: "Europe/Berlin" },
    {
      zone: "America/New_York",
      allow: [{ days: ["mon", "fri"], from: "09:00", to: "16:00" }],
      deny: [{ rrule: "FREQ=MONTHLY;BYMONTHDAY=13", starts: "2026-01-13T00:00", lasts: "1d" }],
    },
  ];
  const first = at("2026-03-01T00:00:00Z");
  const moments = fc.array(fc.integer({ min: 0, max: 60 * 24 * 60 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(fc.constantFrom(...rules), moments, (rule, minutes) => {
      const kept = read(rule);
      for (const minute of minutes) {
        const moment = first + minute * 60_000;
        expect(windowAt(kept, moment)).toEqual(windowAt(read(rule), moment));
      }
    }),
  );
});

test.each([
  [{ days: ["sat"], from: "2:00", to: "06:00", zone: "UTC" }],
  [{ days: ["sat"], from: "02:00", to: "02:00", zone: "UTC" }],
  [{ days: ["sat"], from: "02:00", to: "06:00", zone: "Europe/Atlantis" }],
  [{ days: ["caturday"], from: "02:00", to: "06:00", zone: "UTC" }],
  [{ zone: "UTC" }],
  [{ rrule: "FREQ=SECONDLY", starts: "2026-01-01T00:00", lasts: "1h", zone: "UTC" }],
  [{ rrule: "FREQ=DAILY", starts: "tomorrow", lasts: "1h", zone: "UTC" }],
])("%o is refused", (config) => {
  expect(windowSchema.safeParse(config).success).toBe(false);
});
