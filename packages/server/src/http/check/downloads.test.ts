import { expect, test } from "vitest";
import { Downloads } from "./downloads.ts";

const limit = { "at-most": 2, for: 1_000 };

function downloads() {
  const clock = { now: 0 };
  const all = new Downloads(() => clock.now);
  return { clock, all, begin: (client: string, app = "shop") => all.begin(app, "prod", client, "1.0.0", limit) };
}

test("as many as the stage allows have a place, each once, and every stage has its own", () => {
  const { begin, all } = downloads();
  expect([begin("a"), begin("b"), begin("c"), begin("a"), begin("c", "other")]).toEqual([
    true,
    true,
    false,
    true,
    true,
  ]);
  expect(all.counts()).toEqual([
    { app: "shop", channel: "prod", clients: 2 },
    { app: "other", channel: "prod", clients: 1 },
  ]);
});

test("a place is free again once its client says how it went, of that version", () => {
  const { begin, all } = downloads();
  begin("a");
  begin("b");
  all.end("shop", "prod", "a", "0.9.0");
  expect(begin("c")).toBe(false);
  all.end("shop", "prod", "a", "1.0.0");
  expect(begin("c")).toBe(true);
  all.end("shop", "prod", "nobody");
  all.end("shop", "dev", "b");
  expect(begin("d")).toBe(false);
});

test("a place is free again when nothing was heard for so long; who asks again keeps it", () => {
  const { clock, begin } = downloads();
  begin("a");
  clock.now = 500;
  begin("b");
  clock.now = 900;
  expect(begin("a")).toBe(true);
  clock.now = 1_499;
  expect(begin("c")).toBe(false);
  clock.now = 1_500;
  expect(begin("c")).toBe(true);
  expect(begin("d")).toBe(false);
});
