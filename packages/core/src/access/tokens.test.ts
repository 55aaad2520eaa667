import { expect, test } from "vitest";
import { isRejection } from "../errors/rejection.ts";
import { type AccessCommand, type AccessState, decideAccess, evolveAccess, initialAccess } from "./tokens.ts";

const hourMs = 3_600_000;

function made(state: AccessState, name: string, at: number, more: Partial<AccessCommand> = {}): AccessState {
  const command = { type: "CreateToken", name, role: "publisher", sha256: `sha of ${name}`, ...more } as AccessCommand;
  const facts = decideAccess(state, command);
  if (isRejection(facts)) throw new Error(facts.message);
  return facts.reduce((now, fact) => evolveAccess(now, { ...fact, seq: now.seq + 1, at, actor: "it" }), state);
}

test("knows a build's token for a day, so that its identity works once, and then forgets it; a person's never", () => {
  let state = made(initialAccess, "ann", 0);
  state = made(state, "ci-one", 0, { ofBuild: true });
  state = made(state, "ci-two", 20 * hourMs, { ofBuild: true });
  expect(() => made(state, "ci-one", 23 * hourMs, { ofBuild: true })).toThrow(/ci-one/);
  state = made(state, "ci-three", 25 * hourMs, { ofBuild: true });
  expect([...state.byName.keys()].sort()).toEqual(["ann", "ci-three", "ci-two"]);
  expect([...state.bySha256.keys()].sort()).toEqual(["sha of ann", "sha of ci-three", "sha of ci-two"]);
  expect([...state.builds]).toEqual(["ci-two", "ci-three"]);
});
