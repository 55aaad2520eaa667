import { afterAll, beforeAll, expect, test } from "vitest";
import { type DiskOperation, watchDisk } from "./disk/files.ts";
import { layoutOf } from "./disk/layout.ts";
import { openWorld, type World } from "./testing/world.ts";
import { openUpdater } from "./updater.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.end());

test("a version that is here already is made safe before it is used: who installed it may have been killed before", async () => {
  const { program: _, health: __, ...options } = world.options;
  const layout = layoutOf(world.folder);
  world.release("1.0.0");
  await (await openUpdater(options)).update();
  world.release("2.0.0");
  const updater = await openUpdater(options);
  await updater.update();
  await updater.rollback("tried");

  const done: DiskOperation[] = [];
  const end = watchDisk({ before: () => undefined, after: (operation) => done.push(operation) });
  const result = await (await openUpdater({ ...options, configuration: "another" })).update();
  end();
  expect(result).toMatchObject({ kind: "completed", version: "2.0.0" });
  const safe = done.findIndex(({ kind, path }) => kind === "sync" && path === layout.versions);
  const used = done.findIndex(({ kind, path }) => kind === "rename" && path === layout.current);
  expect(safe).toBeGreaterThanOrEqual(0);
  expect(safe).toBeLessThan(used);
});
