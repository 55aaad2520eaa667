import { sha256Hex } from "@sluice/core/log/digest.ts";
import type { Manifest } from "@sluice/core/release/manifest.ts";
import type { Random } from "../fleet/random.ts";
import type { World } from "../world/world.ts";
import type { Shape } from "./draw.ts";
import { publisher } from "./people.ts";
import { commitNamed } from "./source.ts";

const hour = 3_600_000;

/** The releases of a history, and how good each of them truly is. */
export class Releases {
  readonly #world: World;
  readonly #shape: Shape;
  readonly #rates = new Map<string, number>();
  /** How likely versions fail on the machines, where that is another rate. */
  readonly #onMachines = new Map<string, number>();
  /** Versions that fail in one region alone, which no monitor sees. */
  readonly #regional = new Map<string, string>();
  /** Versions of which a client on which they fail says nothing any more. */
  readonly #dark = new Set<string>();
  readonly #fates: Random;
  #nextAt: number;

  /** @param fates draws apart how releases fail, so that other draws stay as they are */
  constructor(world: World, shape: Shape, fates: Random) {
    this.#fates = fates;
    this.#world = world;
    this.#shape = shape;
    this.#nextAt = world.clock.now() + hour;
    world.monitor.isBad = (version) => !this.#regional.has(version) && (this.#rates.get(version) ?? 0) > 0;
  }

  versions(): Iterable<string> {
    return this.#rates.keys();
  }

  /** The share of the clients of a region on which a version fails. */
  failureRate(version: string, region: string): number {
    return (this.#regional.get(version) ?? region) === region ? (this.#rates.get(version) ?? 0) : 0;
  }

  /** Whether a version that fails on a client takes its report along. */
  isDark(version: string): boolean {
    return this.#dark.has(version);
  }

  /** How likely a version is not healthy on a machine. */
  failureRateOnMachines(version: string): number {
    return this.#onMachines.get(version) ?? this.#rates.get(version) ?? 0;
  }

  /** Publishes a release that fails on such a share of its clients. */
  publish(version: string, failureRate: number): void {
    this.#rates.set(version, failureRate);
    const manifest = manifestOf(version);
    for (const { sha256, size = 0 } of manifest.components) this.#world.api?.content.set(sha256, size);
    this.#world.give({ type: "PublishRelease", manifest }, publisher);
  }

  /** Publishes one that is good or bad, when it is time for the next. */
  publishIfDue(random: Random): void {
    if (this.#world.clock.now() < this.#nextAt) return;
    const { publishEveryMs, badReleases, unhealthyOnMachines } = this.#shape;
    const rate = random.chance(badReleases) ? 0.2 + 0.8 * random.fraction() : 0;
    const version = `1.${this.#rates.size}.0`;
    this.#onMachines.set(version, Math.max(rate, unhealthyOnMachines));
    if (rate > 0 && random.chance(0.5)) this.#regional.set(version, "eu");
    if (this.#fates.chance(0.25)) this.#dark.add(version);
    if (this.#world.elapsedMs() >= this.#shape.idleDays * 24 * hour) this.publish(version, rate);
    this.#nextAt += Math.ceil(publishEveryMs * (0.1 + 1.8 * random.fraction()));
  }
}

function manifestOf(version: string): Manifest {
  const commit = commitNamed(version);
  return {
    app: "simulated",
    version,
    ...(commit === undefined ? {} : { commit }),
    components: [{ name: "program", kind: "file", sha256: sha256Hex(version), size: version.length, executable: true }],
  };
}
