import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openWorld, type World } from "../testing/world.ts";
import { openUpdater } from "../updater.ts";
import type { ComponentOptions } from "./options.ts";

let world: World;
const shell = (script: string) => ({ command: ["/bin/sh", "-c", script] as const });
const done = async () => (await readFile(join(world.folder, "done"), "utf8")).trim().split("\n");

beforeEach(async () => {
  world = await openWorld();
});

afterEach(() => world.end());

/** A component that writes down its turns, and fails at 2.0.0 where that is said. */
function recorded(name: string, order: number, fails: "apply" | "revert" | "check" | "never" = "never") {
  const turn = (what: "apply" | "revert" | "check") => {
    const failure = fails === what ? '[ "$SLUICE_TO" != 2.0.0 ]' : "true";
    return shell(`echo "${name} ${what} $SLUICE_TO" >> ${world.folder}/done; ${failure}`);
  };
  // A check is told no versions: it is asked in the folder of the one that is meant.
  const check = fails === "check" ? shell("! grep -q 2.0.0 {current}/program") : shell("true");
  const component: ComponentOptions = {
    kind: "command",
    order,
    apply: turn("apply"),
    revert: turn("revert"),
    check,
    timeoutMs: 20_000,
  };
  return { [name]: component };
}

/** An updater of 1.0.0 that is to update to 2.0.0, and nothing written down yet. */
async function at1(components: Readonly<Record<string, ComponentOptions>>) {
  const updater = await openUpdater({ ...world.options, components });
  world.release("1.0.0");
  expect(await updater.update()).toMatchObject({ kind: "completed" });
  await writeFile(join(world.folder, "done"), "");
  world.release("2.0.0");
  return updater;
}

test("components are changed in their order, whatever the order of their names", async () => {
  const updater = await at1({ ...recorded("a", 90), ...recorded("b", 10), ...recorded("c", 20) });

  expect(await updater.update()).toMatchObject({ kind: "completed", version: "2.0.0" });

  expect(await done()).toEqual(["b apply 2.0.0", "c apply 2.0.0", "a apply 2.0.0"]);
});

test("when one fails, all that were touched are taken back, the last first, and the old version is healthy", async () => {
  const updater = await at1({ ...recorded("a", 90, "apply"), ...recorded("b", 10), ...recorded("c", 20) });

  expect(await updater.update()).toMatchObject({ kind: "rolled-back", version: "2.0.0", to: "1.0.0" });

  expect(await done()).toEqual([
    ...["b apply 2.0.0", "c apply 2.0.0", "a apply 2.0.0"],
    ...["a revert 2.0.0", "c revert 2.0.0", "b revert 2.0.0"],
  ]);
  expect(await world.running()).toMatchObject({ version: "1.0.0" });
});

test("what a component says of its own health counts for the whole", async () => {
  const updater = await at1(recorded("cache", 30, "check"));

  expect(await updater.update()).toMatchObject({
    kind: "rolled-back",
    to: "1.0.0",
    code: "HEALTH_CHECK_FAILED",
    reason: expect.stringContaining("the check of component cache ended with code 1"),
  });

  expect(await done()).toEqual(["cache apply 2.0.0", "cache revert 2.0.0"]);
});

test("a component that cannot be taken back keeps no other from it, and that is not called a rollback", async () => {
  const updater = await at1({ ...recorded("a", 10), ...recorded("b", 20, "revert"), ...recorded("c", 30, "apply") });

  expect(await updater.update()).toMatchObject({ kind: "failed", version: "2.0.0" });

  expect((await done()).slice(3)).toEqual(["c revert 2.0.0", "b revert 2.0.0", "a revert 2.0.0"]);
  expect(await world.running()).toMatchObject({ version: "1.0.0" });
  await updater.sendReports();
  expect(world.stub.reports.at(-1)).toMatchObject({ version: "2.0.0", status: "failed" });
});
