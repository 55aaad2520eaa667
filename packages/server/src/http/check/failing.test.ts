import { createServer, type Server } from "node:http";
import { afterEach, expect, test } from "vitest";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { ServedFeeds } from "../../control-plane/served-feeds.ts";
import { UpdateCheck } from "./check.ts";

let server: Server | undefined;
afterEach(() => server?.close());

test.each([
  ["at once", undefined],
  ["after it was asked who may enter", { promotion: "p-1", version: "1.0.0", groups: [], waves: [] }],
])("a check that fails %s is answered and told of, and the server goes on", async (_, ration) => {
  const mistake = new Error("a mistake in the code");
  const plane = { apps: () => [], onChange: () => () => undefined, clock: { now: () => 0 } } as unknown as ControlPlane;
  const feeds = new ServedFeeds(plane);
  // The first look finds a feed; every read of its releases fails.
  feeds.get = () =>
    ({
      generation: {},
      ration,
      get feed(): never {
        throw mistake;
      },
    }) as unknown as ReturnType<ServedFeeds["get"]>;
  const told: unknown[] = [];
  const check = new UpdateCheck(
    plane,
    feeds,
    () => "127.0.0.1",
    (app, error) => told.push([app, error]),
  );
  const listening = createServer((request, response) => check.answer(request, response));
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const address = listening.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const ask = () =>
    fetch(`http://127.0.0.1:${address.port}/api/v1/updates/check`, {
      headers: { "x-app": "shop", "x-channel": "dev", "x-client-id": "c-1" },
    });
  for (const _ of [1, 2]) {
    const answer = await ask();
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({ code: "INTERNAL_ERROR" });
  }
  expect(told).toEqual([
    ["shop", mistake],
    ["shop", mistake],
  ]);
});
