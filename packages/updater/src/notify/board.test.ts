import { expect, test } from "vitest";
import { openBoard } from "./board.ts";
import { ended, offered } from "./notification.ts";

const now = Date.parse("2026-03-15T10:00:00Z");
const offer = (version: string, mandatory = false) => offered("myapp", { kind: "update", version, mandatory }, now);

test("an offer has the fields and actions that a program shows", () => {
  expect(offered("myapp", { kind: "update", version: "2.0.0", mandatory: false, releaseNotes: "/notes" }, now)).toEqual(
    {
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      type: "info",
      version: "2.0.0",
      title: "Update 2.0.0 available",
      description: "A new version can be installed.",
      actions: [
        { label: "Install Now", action: "install" },
        { label: "Schedule", action: "schedule" },
        { label: "Dismiss", action: "dismiss" },
        { label: "Learn More", action: "learn-more" },
      ],
      expiresAt: "2026-03-22T10:00:00.000Z",
    },
  );
});

test("a mandatory one is critical and cannot be dismissed", () => {
  const { type, actions } = offer("2.0.0", true);
  expect(type).toBe("critical");
  expect(actions.map(({ action }) => action)).toEqual(["install", "schedule"]);
});

test("the same news is put up once, stays dismissed, and expires", () => {
  const board = openBoard();
  const heard: string[] = [];
  board.events.on("notification", ({ version }) => heard.push(version));
  board.put(offer("2.0.0"));
  board.put(offer("2.0.0"));
  board.put(offer("2.1.0"));
  expect(heard).toEqual(["2.0.0", "2.1.0"]);
  expect(board.dismiss(offer("2.0.0").id)).toBe(true);
  expect(board.dismiss(offer("2.0.0").id)).toBe(false);
  board.put(offer("2.0.0"));
  expect(board.standing(now).map(({ version }) => version)).toEqual(["2.1.0"]);
  expect(board.standing(now + 7 * 24 * 3_600_000)).toEqual([]);
});

test("what was said of offers is taken down when there is none any more; how an update ended stays", () => {
  const board = openBoard();
  board.put(offer("2.0.0"));
  const end = ended("myapp", { kind: "completed", version: "2.0.0", from: "1.0.0" }, now);
  if (end !== undefined) board.put(end);
  board.clearOffers();
  expect(board.standing(now).map(({ title }) => title)).toEqual(["Version 2.0.0 is installed"]);
});

test("only so many stand", () => {
  const board = openBoard();
  for (let minor = 0; minor < 80; minor++) board.put(offer(`1.${minor}.0`));
  expect(board.standing(now)).toHaveLength(50);
  expect(board.standing(now).at(-1)?.version).toBe("1.79.0");
});
