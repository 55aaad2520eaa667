import { sha256Hex } from "@sluice/core/log/digest.ts";
import { expect, test } from "vitest";
import type { Clock } from "../../clock/clock.ts";
import { ControlPlane } from "../../control-plane/control-plane.ts";
import { createMemoryDatabase } from "../../log/memory/database.ts";
import { openMemory } from "../../log/memory/open.ts";
import { revokedToken } from "./revoked-token.ts";

const day = 86_400_000;

test("a build's token that is forgotten at the moment in which it is revoked is shown as it was, revoked", async () => {
  let now = 1_700_000_000_000;
  const clock: Clock = { now: () => now, wakeAt: () => () => {} };
  const failed = (_: string, error: unknown) => expect.fail(String(error));
  const plane = await ControlPlane.open({ clock, failed, ...openMemory(createMemoryDatabase(clock)) });
  const make = (name: string, more: { readonly ofBuild?: true } = {}) =>
    plane.executeAccess({ type: "CreateToken", name, role: "viewer", sha256: sha256Hex(name), ...more }, "admin");
  await make("idle");
  await make("ci-one", { ofBuild: true });
  now += 2 * day;
  const known = plane.access().byName.get("ci-one");
  // What is asked for while something is being stored is stored together.
  const [, revoked, again] = await Promise.all([
    plane.executeAccess({ type: "RevokeToken", name: "idle" }, "admin"),
    plane.executeAccess({ type: "RevokeToken", name: "ci-one" }, "admin"),
    plane.executeAccess({ type: "RevokeToken", name: "ci-one" }, "admin"),
    make("new"),
  ]);
  expect(plane.access().byName.has("ci-one")).toBe(false);
  for (const outcome of [revoked, again]) {
    if ("code" in outcome) throw new Error(outcome.message);
    expect(revokedToken("ci-one", known, outcome, now)).toEqual({ ...known, revokedAt: now });
  }
});
