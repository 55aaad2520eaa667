import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { layoutOf } from "./disk/layout.ts";
import { isInstalled } from "./install/install.ts";
import type { KillOrder } from "./testing/killed-updater.ts";
import { openWorld, patientRollback, type World } from "./testing/world.ts";
import { openUpdater } from "./updater.ts";

const killedUpdater = fileURLToPath(new URL("./testing/killed-updater.ts", import.meta.url));

/** @returns whether the process was killed, or undefined when it came to its end because there is no such record */
async function updateAndDie(order: KillOrder): Promise<boolean> {
  const child = spawn(process.execPath, [killedUpdater, JSON.stringify(order)], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [code, signal] = await once(child, "exit");
  expect(signal === "SIGKILL" || code === 0, `ended with code ${code}`).toBe(true);
  return signal === "SIGKILL";
}

/** Every process that was started to listen on the world's port. */
function programs(world: World): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
        return (
          environment.includes(`PORT=${world.port}`) &&
          readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(world.folder)
        );
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function story(
  next: "good" | "crashing",
  killAt: Pick<KillOrder, "record" | "when">,
): Promise<string | undefined> {
  const world = await openWorld();
  try {
    world.release("1.0.0");
    const options = { ...world.options, rollback: patientRollback };
    await (await openUpdater(options)).update();
    world.release("2.0.0", next);
    const { folder, port, stub } = world;
    if (!(await updateAndDie({ folder, port, url: stub.url, ...killAt }))) return undefined;

    const updater = await openUpdater(options);
    const care = await updater.takeCare();
    try {
      await care.settle(new AbortController().signal);
      const layout = layoutOf(folder);
      await expect.poll(() => world.running(), { timeout: 60_000 }).toBeDefined();
      const running = await world.running();
      const { installed, kept, update, state } = await updater.status();
      expect(["1.0.0", "2.0.0"]).toContain(running?.version);
      expect(installed, "what is current runs").toBe(running?.version);
      expect(await readlink(layout.current)).toBe(join("versions", String(installed)));
      expect(programs(world), "one program, and no other").toEqual([running?.pid]);
      expect({ update, state }, "nothing is left open").toEqual({ update: null, state: "idle" });
      for (const version of kept) expect(await isInstalled(layout, version), `${version} is whole`).toBe(true);
      expect(await readdir(layout.staging).catch(() => []), "nothing half-installed").toEqual([]);
      if (next === "crashing") expect(installed, "the broken one is not kept").toBe("1.0.0");
      // Nothing stands in the way of the update that was cut off, and nothing lets the broken one through.
      await updater.visit(() => true);
      await care.ensureRunning();
      const end = next === "good" ? "2.0.0" : "1.0.0";
      await expect.poll(async () => (await world.running())?.version, { timeout: 60_000 }).toBe(end);
      await updater.sendReports();
      const last = next === "good" ? "completed" : "rolled-back";
      expect(stub.reports.filter(({ version }) => version === "2.0.0").at(-1)).toMatchObject({ status: last });
    } finally {
      await care.end();
    }
    return `${next} ${killAt.when} ${killAt.record}`;
  } finally {
    await world.end();
  }
}

/** Kills at every record, until one is asked for that the story does not have. */
async function killEverywhere(next: "good" | "crashing"): Promise<string[]> {
  const points: string[] = [];
  for (let record = 0; ; record++)
    for (const when of ["before", "torn", "after"] as const) {
      const point = await story(next, { record, when });
      if (point === undefined) return points;
      points.push(point);
    }
}

test("an update that is killed at any record of its journal ends on a healthy version", async () => {
  const points = await killEverywhere("good");
  console.log(`${points.length} kill points of a successful update, all healthy`);
  expect(points.length).toBeGreaterThanOrEqual(24);
}, 1_800_000);

test("an update that is rolled back and killed at any record of its journal ends on the old version", async () => {
  const points = await killEverywhere("crashing");
  console.log(`${points.length} kill points of a rollback, all healthy`);
  expect(points.length).toBeGreaterThanOrEqual(27);
}, 1_800_000);
