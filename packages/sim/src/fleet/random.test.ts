import { expect, it } from "vitest";
import { normalQuantile, ReportDelays } from "./delays.ts";
import { Random } from "./random.ts";

it("gives the same numbers for a seed, others for another, and uniform ones", () => {
  const draw = (seed: number, stream = 0) => {
    const random = new Random(seed, stream);
    return Array.from({ length: 5 }, () => random.uint32());
  };
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  expect(draw(1)).not.toEqual(draw(1, 1));
  const random = new Random(7);
  const tenths = new Array<number>(10).fill(0);
  for (let draws = 0; draws < 100_000; draws++) {
    const tenth = Math.floor(random.fraction() * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(400);
});

it("draws report delays with 5 % under 5 minutes, 5 % over 10, and none outside 5 to 15", () => {
  const minute = 60_000;
  const delays = new ReportDelays(Math.sqrt(50) * minute);
  const random = new Random(1);
  const drawn = Array.from({ length: 50_000 }, () => delays.draw(random) / minute);
  expect(Math.min(...drawn.slice(0, 1_000))).toBeCloseTo(5, 6);
  expect(drawn.every((delay) => delay >= 5 - 1e-9 && delay <= 15 + 1e-9)).toBe(true);
  expect(drawn.filter((delay) => delay < 5.001).length / 50_000).toBeCloseTo(0.05, 2);
  expect(drawn.filter((delay) => delay > 10).length / 50_000).toBeCloseTo(0.05, 2);
  expect(delays.longestMs / minute).toBeCloseTo(15, 9);
});

it("inverts the normal distribution", () => {
  expect(normalQuantile(0.5)).toBeCloseTo(0, 9);
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963985, 7);
  expect(normalQuantile(0.001)).toBeCloseTo(-3.090232306, 7);
});
