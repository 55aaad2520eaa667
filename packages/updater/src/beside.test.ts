import { Agent, get } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { layoutOf } from "./disk/layout.ts";
import type { UpdaterOptions } from "./options.ts";
import { systemClock } from "./ports/clock.ts";
import { stopRun } from "./program/stop-run.ts";
import { openWorld, type World } from "./testing/world.ts";
import { openUpdater } from "./updater.ts";

let world: World;

beforeEach(async () => {
  world = await openWorld();
});

afterEach(async () => {
  const layout = layoutOf(world.folder);
  await stopRun({ ...layout, run: layout.runBeside }, systemClock, 2_000);
  await world.end();
});

/** The world's program behind a front on the world's port. */
function besideOptions(): UpdaterOptions {
  const { options, port } = world;
  return {
    ...options,
    program: {
      command: { command: [process.execPath, "{current}/program"], env: { PORT: "{port}" } },
      stopTimeoutMs: 2_000,
      beside: { host: "127.0.0.1", port, drainMs: 5_000 },
    },
    rollback: { ...options.rollback, healthCheckTimeoutMs: 10_000 },
  };
}

/** Asks without pause, on connections that are kept and on new ones, until it is told to stop. */
function load(port: number) {
  const answers = new Map<string, number>();
  let going = true;
  const ask = (agent: Agent | false) =>
    new Promise<string>((resolve) => {
      get({ host: "127.0.0.1", port, agent, path: "/" }, (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          body += chunk;
        });
        response.once("end", () =>
          resolve(response.statusCode === 200 ? String(JSON.parse(body).version) : `status ${response.statusCode}`),
        );
        response.once("error", (error) => resolve(error.message));
      }).once("error", (error) => resolve(error.message));
    });
  const kept = new Agent({ keepAlive: true, maxSockets: 4 });
  const workers = [kept, kept, kept, false as const].map(async (agent) => {
    while (going) {
      const answer = await ask(agent);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }
  });
  return {
    answers,
    async stop() {
      going = false;
      await Promise.all(workers);
      kept.destroy();
      return Object.fromEntries(answers);
    },
  };
}

test("under load, an update to a new version and back from a broken one loses not one request", async () => {
  world.release("1.0.0");
  const updater = await openUpdater(besideOptions());
  const care = await updater.takeCare();
  try {
    expect(await updater.update()).toMatchObject({ kind: "completed" });
    const traffic = load(world.port);
    await expect.poll(() => traffic.answers.get("1.0.0") ?? 0).toBeGreaterThan(20);
    world.release("2.0.0");
    expect(await updater.update()).toMatchObject({ kind: "completed", version: "2.0.0" });
    await expect.poll(() => traffic.answers.get("2.0.0") ?? 0).toBeGreaterThan(20);
    world.release("3.0.0", "broken");
    expect(await updater.update()).toMatchObject({ kind: "rolled-back", version: "3.0.0", to: "2.0.0" });
    expect(await updater.rollback("by hand")).toMatchObject({ kind: "completed", version: "1.0.0" });

    const answers = await traffic.stop();
    console.log("answers by version:", answers);
    expect(Object.keys(answers).sort(), "nothing but versions answered").toEqual(["1.0.0", "2.0.0"]);
    expect(await world.running()).toMatchObject({ version: "1.0.0" });
    expect((await updater.status()).program).toMatchObject({ running: true, version: "1.0.0" });
  } finally {
    await care.end();
  }
  expect(await world.running(), "nothing is left").toBeUndefined();
});

test("a version that was healthy and then dies again and again is taken back", async () => {
  const updater = await openUpdater(besideOptions());
  const care = await updater.takeCare();
  try {
    world.release("1.0.0");
    await updater.update();
    world.release("2.0.0");
    expect(await updater.update()).toMatchObject({ kind: "completed", version: "2.0.0" });
    const killed = new Set<number>();
    await expect
      .poll(
        async () => {
          const running = await world.running();
          if (running?.version === "2.0.0" && !killed.has(running.pid)) {
            killed.add(running.pid);
            process.kill(running.pid, "SIGKILL");
          }
          return running?.version;
        },
        { timeout: 60_000 },
      )
      .toBe("1.0.0");
    expect(killed.size).toBeGreaterThanOrEqual(3);
    await expect.poll(async () => (await updater.status()).installed, { timeout: 20_000 }).toBe("1.0.0");
    await expect.poll(async () => (await updater.status()).update, { timeout: 20_000 }).toBeNull();
    expect((await updater.status()).held).toMatchObject([{ version: "2.0.0", code: "PROGRAM_CRASHES" }]);
    await updater.sendReports();
    const about2 = world.stub.reports.filter(({ version }) => version === "2.0.0").map(({ status }) => status);
    expect(about2).toEqual(["in-progress", "completed", "rolled-back"]);
  } finally {
    await care.end();
  }
});
