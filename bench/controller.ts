import { measurementError } from "@sluice/core/analysis/finding.ts";
import { sha256Hex } from "@sluice/core/log/digest.ts";
import { parsePipeline } from "@sluice/core/pipeline/parse.ts";
import type { Pipeline } from "@sluice/core/pipeline/schema.ts";
import { ControlPlane } from "@sluice/server/control-plane/control-plane.ts";
import { Controller } from "@sluice/server/controller/controller.ts";
import { createMemoryDatabase } from "@sluice/server/log/memory/database.ts";
import { openMemory } from "@sluice/server/log/memory/open.ts";
import { VirtualClock } from "@sluice/sim/clock/virtual-clock.ts";
import { Random } from "@sluice/sim/fleet/random.ts";
import { calm, Faults } from "@sluice/sim/world/faults.ts";
import { MemoryPublisher } from "@sluice/sim/world/memory-publisher.ts";

const hour = 3_600_000;
const start = 1_709_510_400_000;

function source(app: string): string {
  const later = ["beta", "gamma", "canary", "stable"].map((name) => `  - { name: ${name}, gates: [{ soak: 24h }] }`);
  return `apiVersion: sluice/v1\napp: ${app}\nstages:\n  - name: dev\n${later.join("\n")}\n`;
}

function pipelineOf(app: string): Pipeline {
  const parsed = parsePipeline(source(app));
  if ("problems" in parsed) throw new Error(`the pipeline is invalid: ${JSON.stringify(parsed.problems)}`);
  return parsed.pipeline;
}

/** The pipelines here have none. */
const noTargets = () => {
  throw new Error("no target was expected");
};

async function open() {
  const clock = new VirtualClock(start);
  const stores = openMemory(createMemoryDatabase(clock));
  const plane = await ControlPlane.open({ clock, ...stores, failed: (_, error) => console.error(error) });
  const publisher = new MemoryPublisher({
    published: { texts: new Map(), ever: new Set() },
    faults: new Faults(calm, new Random(1), clock),
    isAlive: () => true,
    expires: false,
    clock,
    trueClock: clock,
  });
  const controller = new Controller({
    plane,
    publisher,
    openTarget: noTargets,
    measure: async () => measurementError("nothing is measured here"),
    failed: (_, error) => console.error(error),
  });
  controller.start();
  const publish = (app: string, version: string) =>
    plane.execute(
      app,
      {
        type: "PublishRelease",
        manifest: { app, version, components: [{ name: "app", kind: "file", sha256: sha256Hex(version), size: 1 }] },
      },
      "bench",
    );
  const apply = (app: string) =>
    plane.execute(app, { type: "ApplyPipeline", pipeline: pipelineOf(app), source: source(app) }, "bench");
  return { clock, plane, controller, publish, apply };
}

/** Applications of five stages, each with a release that soaks: what an hour costs in which nothing is due, and an hour in which all is. */
async function manyApplications(count: number) {
  const { clock, plane, controller, publish, apply } = await open();
  for (let i = 0; i < count; i++) {
    await apply(`app-${i}`);
    await publish(`app-${i}`, "1.0.0");
  }
  await clock.moveTo(start + hour);
  const idleTurns = controller.turns;
  const idleCpu = process.cpuUsage();
  await clock.moveTo(start + 2 * hour);
  const { user: idleMicros } = process.cpuUsage(idleCpu);
  const wakeupsPerIdleHour = controller.turns - idleTurns;
  const dueTurns = controller.turns;
  const dueCpu = process.cpuUsage();
  await clock.moveTo(start + 25 * hour);
  const { user: dueMicros } = process.cpuUsage(dueCpu);
  const promoted = plane.apps().filter((app) => plane.state(app)?.stages.get("beta")?.live?.version === "1.0.0").length;
  if (promoted !== count) throw new Error(`${promoted} of ${count} releases were promoted when they were due`);
  return {
    wakeupsPerIdleHour,
    idleMillis: idleMicros / 1_000,
    turns: controller.turns - dueTurns,
    dueMillis: dueMicros / 1_000,
  };
}

/** One application with a long history: what one more release costs, from its publication to the end of the next soak. */
async function longHistory(releases: number) {
  const { clock, publish, apply } = await open();
  await apply("app-0");
  for (let i = 0; i < releases; i++) {
    await publish("app-0", `1.${i}.0`);
    await clock.moveTo(clock.now() + hour);
  }
  const more = 20;
  const cpu = process.cpuUsage();
  for (let i = 0; i < more; i++) {
    await publish("app-0", `1.${releases + i}.0`);
    await clock.moveTo(clock.now() + hour);
  }
  return process.cpuUsage(cpu).user / 1_000 / more;
}

/** `npm run bench -- controller [N]`: cost of the controller against applications (up to N, 30,000) and against length of history. */
export const bench = {
  name: "controller",
  about: "what the controller does while nothing is due, and when something is, against applications and history",
  async run(args: string[]) {
    const most = Number(args[0] ?? 30_000);
    if (!Number.isInteger(most) || most < 100)
      throw new Error("usage: npm run bench -- controller [N]    N: applications, at least 100");
    const rows: Record<string, unknown>[] = [];
    let wakeupsPerIdleHour = 0;
    for (const applications of [most / 100, most / 10, most].map(Math.round)) {
      if (process.stderr.isTTY) process.stderr.write(`${applications} applications …\r`);
      const cost = await manyApplications(applications);
      wakeupsPerIdleHour = cost.wakeupsPerIdleHour;
      rows.push({
        applications,
        "wake-ups in an idle hour": cost.wakeupsPerIdleHour,
        "CPU ms of that hour": Number(cost.idleMillis.toFixed(1)),
        "CPU ms a due promotion": Number((cost.dueMillis / applications).toFixed(3)),
      });
    }
    const perRelease: Record<string, number> = {};
    for (const releases of [10, 100, 1_000]) {
      perRelease[releases] = await longHistory(releases);
      rows.push({ "releases before": releases, "CPU ms a release": Number((perRelease[releases] ?? 0).toFixed(2)) });
    }
    const historyRatio = (perRelease[1_000] ?? 0) / (perRelease[100] ?? 1);
    return { rows, figures: { wakeupsPerIdleHour, historyRatio1000To100: Number(historyRatio.toFixed(2)) } };
  },
};
