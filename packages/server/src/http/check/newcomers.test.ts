import { expect, test } from "vitest";
import { type Newcomer, Newcomers } from "./newcomers.ts";

const one: Newcomer = {
  app: "shop",
  channel: "stable",
  promotion: "stable-1",
  address: "203.0.113.9",
  clientId: "pc-1",
};
let madeUp = 0;
/** How many of a thousand new clients may be let in. */
const flood = (newcomers: Newcomers, more: Partial<Newcomer>) =>
  Array.from({ length: 1_000 }, () => ({ ...one, ...more, clientId: `made-up-${madeUp++}` })).filter((newcomer) =>
    newcomers.enter(newcomer),
  ).length;

test("an address gets two places, and three more for each of its clients that has reported, once", () => {
  const newcomers = new Newcomers();
  expect(flood(newcomers, {})).toBe(2);
  expect(newcomers.passedOver).toBe(998);
  newcomers.reported({ ...one, clientId: "made-up-0" });
  newcomers.reported({ ...one, clientId: "made-up-0" });
  expect(flood(newcomers, {})).toBe(3);
  expect(newcomers.enter({ ...one, clientId: "made-up-1" }), "who is in stays in").toBe(true);
});

test("who was not let in has no place", () => {
  const newcomers = new Newcomers();
  for (const clientId of ["a", "b", "c", "d"]) {
    expect(newcomers.enter({ ...one, clientId })).toBe(true);
    newcomers.leave({ ...one, clientId });
  }
  expect(flood(newcomers, {})).toBe(2);
});

test("other addresses, stages, applications and rollouts have places of their own; one network of IPv6 has not", () => {
  const newcomers = new Newcomers();
  expect(flood(newcomers, {})).toBe(2);
  for (const more of [{ address: "203.0.113.10" }, { channel: "beta" }, { app: "other" }, { promotion: "stable-2" }])
    expect(flood(newcomers, more), JSON.stringify(more)).toBe(2);
  expect(flood(newcomers, { address: "2001:db8:0:1::1" })).toBe(2);
  expect(flood(newcomers, { address: "2001:db8:0:1:ffff::" })).toBe(0);
  expect(flood(newcomers, { address: "2001:db8:0:2::1" })).toBe(2);
  expect(flood(newcomers, { address: undefined })).toBe(2);
  expect(flood(newcomers, { address: undefined })).toBe(0);
});

test("forgets what a rollout that is over needs no more", () => {
  const newcomers = new Newcomers();
  expect(flood(newcomers, {})).toBe(2);
  newcomers.forget("shop", "stable");
  expect(flood(newcomers, {})).toBe(2);
});
