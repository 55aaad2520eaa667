import { sha256Hex } from "@sluice/core/log/digest.ts";
import { expect, test } from "vitest";
import { Random } from "../fleet/random.ts";
import { World } from "../world/world.ts";
import { Api, revocation, tokenAsk } from "./api.ts";
import type { Grant } from "./call.ts";

const minute = 60_000;
const admin: Grant = { name: "admin", role: "admin", secret: "sluice_first" };

/** A world whose routes work, with an admin. */
async function openWorld(answerLost = 0): Promise<{ readonly world: World; readonly api: Api }> {
  const world = new World("simulated");
  const weather = { requestLost: 0, answerLost, doubled: 0, share: 1 };
  const api = new Api({ world, random: new Random(1, 72), secrets: new Random(1, 73), weather });
  world.api = api;
  await world.boot();
  const sha256 = sha256Hex(admin.secret);
  await world.node.plane.executeAccess({ type: "CreateToken", name: "admin", role: "admin", sha256 }, "sluice");
  return { world, api };
}

test("a request goes through the production routes, and the world knows what came of it", async () => {
  const { world, api } = await openWorld();
  const heard = api.send(admin, tokenAsk({ name: "ann", role: "viewer" }));
  await world.clock.moveTo(world.clock.now() + minute);
  const { status, text } = (await heard) ?? { status: 0, text: "{}" };
  expect(status).toBe(201);
  const ann: Grant = { name: "ann", role: "viewer", secret: (JSON.parse(text) as { token: string }).token };
  const refused = api.send(ann, revocation("admin"));
  await world.clock.moveTo(world.clock.now() + minute);
  expect(await refused).toMatchObject({ status: 403 });
  expect(api.attempts.map(({ answer }) => answer?.status)).toEqual([201, 403]);
});

test("who hears nothing asks again, and what was done stays done", async () => {
  const { world, api } = await openWorld(1);
  const heard = api.send(admin, tokenAsk({ name: "ann", role: "viewer" }));
  await world.clock.moveTo(world.clock.now() + 60 * minute);
  expect(await heard).toBeUndefined();
  expect(api.attempts.map(({ answer }) => answer?.status)).toEqual([201, 409, 409, 409]);
});

test("a server that is killed answers nobody", async () => {
  const { world, api } = await openWorld();
  const asked = api.node;
  const heard = api.send(admin, tokenAsk({ name: "ann", role: "viewer" }));
  await world.crash();
  expect(asked.alive).toBe(false);
  await world.clock.moveTo(world.clock.now() + 60 * minute);
  expect(await heard).toMatchObject({ status: 201 });
});
