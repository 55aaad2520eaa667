import { describe, expect, test } from "vitest";
import { gateKinds } from "../kinds.ts";
import { pairsOfAnswers } from "./answers.testing.ts";
import { pairsOfPolicy } from "./policy.testing.ts";
import { pairsOfTime } from "./time.testing.ts";

const pairs = [...pairsOfTime, ...pairsOfAnswers, ...pairsOfPolicy];

describe("gates that interact", () => {
  test.each(pairs)("%s and %s: %s", (_one, _other, _holds, story) => story());

  test("each pair is listed once, and every gate meets at least two others", () => {
    const names = pairs.map(([one, other]) => [one, other].toSorted().join(" and "));
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    for (const kind of [...Object.keys(gateKinds), "freeze", "policy"])
      expect(pairs.filter(([one, other]) => one === kind || other === kind).length, kind).toBeGreaterThanOrEqual(2);
  });
});
