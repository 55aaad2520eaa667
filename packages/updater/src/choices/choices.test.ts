import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Layout, layoutOf } from "../disk/layout.ts";
import { choose, noteSeen, readChoices } from "./choices.ts";

const now = 1_800_000_000_000;
const day = 24 * 3_600_000;
let layout: Layout;

beforeEach(async () => {
  layout = layoutOf(await mkdtemp(join(tmpdir(), "sluice-choices-")));
});

afterEach(() => rm(layout.folder, { recursive: true, force: true }));

test("what was said last counts, and when a version was first seen is kept through it", async () => {
  await noteSeen(layout, "2.0.0", now);
  await choose(layout, { choice: "skip", version: "2.0.0" }, now);
  await choose(layout, { choice: "defer", untilMs: now + day }, now);
  const seen = { version: "2.0.0", atMs: now };
  expect(await readChoices(layout)).toEqual({ seen, deferredUntilMs: now + day });
  expect(await choose(layout, { choice: "forget" }, now)).toEqual({ seen });
  expect((await noteSeen(layout, "2.0.0", now + day)).seen).toEqual(seen);
  expect((await noteSeen(layout, "2.0.1", now + day)).seen).toEqual({ version: "2.0.1", atMs: now + day });
});

test.each([now, now - 1, now + 31 * day])("a moment that has passed or is far ahead is refused", async (untilMs) => {
  await choose(layout, { choice: "skip", version: "2.0.0" }, now);
  await expect(choose(layout, { choice: "defer", untilMs }, now)).rejects.toMatchObject({ code: "CHOICE_REFUSED" });
  expect(await readChoices(layout)).toEqual({ skipped: "2.0.0" });
});

test("a file that cannot be read says nothing", async () => {
  await writeFile(layout.choices, "{ not json");
  expect(await readChoices(layout)).toEqual({});
});
