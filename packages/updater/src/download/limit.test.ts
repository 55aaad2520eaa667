import { expect, onTestFinished, test } from "vitest";
import { openWorld } from "../testing/world.ts";
import { openUpdater } from "../updater.ts";

test("an update is downloaded no faster than allowed", async () => {
  const world = await openWorld();
  onTestFinished(() => world.end());
  const { program: _, health: __, ...options } = world.options;
  world.stub.publish("1.0.0", [{ name: "data", kind: "file", content: Buffer.alloc(60_000, 7) }]);
  world.stub.live = "1.0.0";
  world.stub.offer({ version: "1.0.0" });
  const updater = await openUpdater({ ...options, bytesPerSecond: 40_000 });
  let begun = 0;
  let ended = 0;
  updater.events.on("state", ({ name }) => {
    if (name === "downloading") begun = performance.now();
    if (name === "installing") ended = performance.now();
  });

  expect(await updater.update()).toMatchObject({ kind: "completed", version: "1.0.0" });

  expect(ended - begun).toBeGreaterThan(1_400);
});
