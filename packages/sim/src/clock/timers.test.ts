import fc from "fast-check";
import { expect, test } from "vitest";
import { Timers } from "./timers.ts";

test("timers come in the order of their moments, and of asking where the moment is the same; cancelled ones never", () => {
  const asked = fc.array(fc.record({ at: fc.nat(20), cancel: fc.boolean() }), { maxLength: 60 });
  fc.assert(
    fc.property(asked, (wanted) => {
      const timers = new Timers();
      const all = wanted.map(({ at, cancel }, order) => ({ at, order, cancel, timer: timers.add(at, () => {}) }));
      for (const { cancel, timer } of all) if (cancel) timer.cancelled = true;
      const came: number[] = [];
      for (let timer = timers.first(); timer !== undefined; timer = timers.first()) {
        came.push(timer.order);
        timers.takeFirst();
      }
      const expected = all
        .filter(({ cancel }) => !cancel)
        .sort((a, b) => a.at - b.at || a.order - b.order)
        .map(({ order }) => order);
      expect(came).toEqual(expected);
    }),
  );
});
