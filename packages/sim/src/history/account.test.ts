import { expect, test } from "vitest";
import { accountOf } from "./account.ts";
import { runHistory } from "./run.ts";

const happening = (atMs: number, what: string, kind = what) => ({ atMs, what, kind });

test("what comes again and again is one line", () => {
  expect(
    accountOf([
      happening(0, "1 ReleasePublished 1.0.0 by ann"),
      happening(93_784_000, "fault: the disk is full"),
      happening(93_785_000, "fault: the disk is full"),
      happening(93_790_000, "fault: the disk is full"),
    ]),
  ).toEqual([
    "0d 00:00:00  1 ReleasePublished 1.0.0 by ann",
    "1d 02:03:04  fault: the disk is full (and 2 more of that until 1d 02:03:10)",
  ]);
});

test("of many lines the first and the last are told, and what was left out", () => {
  const many = Array.from({ length: 100 }, (_, i) =>
    i % 4 === 0 ? happening(i, `fault: ${i}`) : happening(i, `${i} StageThawed dev by ann`, String(i)),
  );
  const lines = accountOf(many);
  expect(lines).toHaveLength(60);
  expect(lines[15]).toBe("… 41 lines are left out here: 31 StageThawed, 10 faults");
  expect(lines.at(-1)).toBe("0d 00:00:00  99 StageThawed dev by ann");
});

test("a history tells what happened only where it was violated", async () => {
  expect(
    (await runHistory(5, { limits: { without: [], days: 1, idle: 1, agents: 0, servers: 1 } })).happened,
  ).toBeUndefined();
});
