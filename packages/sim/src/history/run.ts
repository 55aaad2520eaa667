import { sha256Hex } from "@sluice/core/log/digest.ts";
import type { Manifest } from "@sluice/core/release/manifest.ts";
import { checkers } from "../checkers/all.ts";
import { quiet } from "../clock/virtual-clock.ts";
import { Random } from "../fleet/random.ts";
import { type SimulatedClient, SimulatedFleet } from "../world/fleet.ts";
import { World } from "../world/world.ts";
import { drawShape, type Shape } from "./draw.ts";
import { drawPersonsCommand, drawRule } from "./person.ts";

/** How one simulated history went. */
export interface History {
  readonly seed: number;
  readonly days: number;
  readonly faults: number;
  readonly events: number;
  /** SHA-256 of the log's last event: the same seed gives the same on every machine. */
  readonly digest: string;
  readonly violation?: { readonly guards: string; readonly what: string; readonly day: number };
}

const hour = 3_600_000;
const monitorFaults = ["stopped", "empty", "still", "late"] as const;

/** Runs the history of a seed: days of releases, people and faults through the production code, checked after every step. */
export async function runHistory(seed: number, trace?: (line: string) => void): Promise<History> {
  const random = new Random(seed);
  const shape = drawShape(random);
  const world = new World("simulated");
  await world.boot();
  await world.command({ type: "ApplyPipeline", pipeline: shape.pipeline, source: shape.source });
  const rates = new Map<string, number>();
  const { lostReports, doubledReports } = shape.chances;
  const failureRate = (version: string) => rates.get(version) ?? 0;
  const fleet = new SimulatedFleet({
    world,
    random,
    clients: drawClients(shape),
    pollMs: shape.pollMs,
    failureRate,
    lostReports,
    doubledReports,
  });
  world.monitor.isBad = (version) => failureRate(version) > 0;
  const running = checkers.map(({ guards, create }) => ({ guards, check: create() }));
  const begin = world.clock.now();
  let nextPublish = begin;
  let traced = 0;
  for (let step = 0; step < shape.days * 24; step++) {
    if (world.clock.now() >= nextPublish) {
      const version = `1.${rates.size}.0`;
      rates.set(version, random.chance(shape.badReleases) ? 0.2 + 0.8 * random.fraction() : 0);
      await world.command({ type: "PublishRelease", manifest: manifestOf(version) });
      nextPublish += shape.publishEveryMs;
    }
    await disturb(world, shape, random);
    await world.clock.moveTo(begin + (step + 1) * hour);
    await quiet();
    for (; trace !== undefined && traced < world.log().length; traced++) trace(JSON.stringify(world.log()[traced]));
    for (const { guards, check } of running) {
      const what = check(world, fleet);
      if (what !== undefined)
        return { ...summary(seed, world, (step + 1) / 24), violation: { guards, what, day: step / 24 } };
    }
  }
  return summary(seed, world, shape.days);
}

function summary(seed: number, world: World, days: number): History {
  const log = world.log();
  return { seed, days, faults: world.faults.count, events: log.length, digest: log.at(-1)?.hash ?? "" };
}

async function disturb(world: World, { chances }: Shape, random: Random): Promise<void> {
  world.faults.diskFull = random.chance(chances.diskFull);
  world.faults.publishing = random.chance(chances.publishingFails);
  world.faults.target = random.chance(chances.targetsFail) ? drawTargetFault(random) : "none";
  world.faults.monitor = random.chance(chances.monitor)
    ? (monitorFaults[random.below(monitorFaults.length)] ?? "none")
    : "none";
  if (random.chance(chances.person)) {
    const command = drawPersonsCommand(world, random);
    if (command !== undefined) await world.command(command);
  }
  if (random.chance(chances.person / 20)) {
    const rule = drawRule(world, random);
    if (rule !== undefined) await world.rule(rule);
  }
  if (random.chance(chances.crash)) await world.crash();
}

function drawTargetFault(random: Random): World["faults"]["target"] {
  const faults = ["refuses", "refuses", "loses-answers", "loses-answers", "broken"] as const;
  return faults[random.below(faults.length)] ?? "refuses";
}

function drawClients(shape: Shape): SimulatedClient[] {
  return shape.pipeline.stages.flatMap(({ name }) =>
    Array.from({ length: shape.clientsPerStage }, (_, i) => ({
      id: `${name}-${i}`,
      channel: name,
      region: i % 3 === 0 ? "eu" : "us",
      version: undefined,
      refused: new Set<string>(),
    })),
  );
}

function manifestOf(version: string): Manifest {
  return {
    app: "simulated",
    version,
    components: [{ name: "program", kind: "file", sha256: sha256Hex(version), size: version.length, executable: true }],
  };
}
