import { expect, test } from "vitest";
import { gatesInWords } from "./gates-in-words.ts";

const closed = ["soak", "check", "check", "approval", "check"].map((gate) => ({ gate, reason: "not yet" }));
const told = ({ gate, reason }: { readonly gate: string; readonly reason: string }) => `${gate} (${reason})`;

test("a few gates are told with their reasons, many are counted", () => {
  expect(gatesInWords(closed.slice(0, 2), told)).toBe("soak (not yet); check (not yet)");
  expect(gatesInWords(closed, told)).toBe("5 gates: soak, check (3), approval");
  expect(gatesInWords([], told)).toBe("");
});
