import { expect, test } from "vitest";
import { rationText } from "./ration.ts";

const ration = {
  offered: 12,
  clients: 12,
  failed: 0,
  eValue: 0.9,
  threshold: 222,
  upper: 0.2,
  limit: 0.01,
  most: 26,
  inFlight: 3,
  heldBy: "failures",
  haltedGroups: [],
};

test.each([
  [{}, "12 clients let in, 3 of up to 26 at risk"],
  [{ offered: 1, most: null }, "1 client let in, 3 at risk"],
  [{ haltedGroups: ["region=eu"] }, "12 clients let in, 3 of up to 26 at risk; halted for region=eu"],
  [{ ofClients: 400 }, "offered to 12 of 400 clients, 3 of up to 26 at risk"],
])("a ration %o reads as it stands", (more, text) => {
  expect(rationText({ ...ration, ...more })).toBe(text);
});
