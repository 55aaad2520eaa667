import { createHash } from "node:crypto";
import { Random } from "../fleet/random.ts";
import { World } from "../world/world.ts";
import { drawShape, type Limits } from "./draw.ts";
import { Story } from "./story.ts";
import type { Violation } from "./violation.ts";

/** How one simulated history went. */
export interface History {
  readonly seed: number;
  readonly days: number;
  readonly faults: number;
  readonly events: number;
  /** SHA-256 of everything that was told: the same seed gives the same on every machine. */
  readonly digest: string;
  readonly violation?: Violation;
}

export interface HistoryOptions {
  readonly limits?: Limits;
  /** Told everything that anybody saw, a line each. */
  readonly trace?: (line: string) => void;
}

const day = 24 * 3_600_000;
const noLimits: Limits = { without: [] };

/**
 * Runs the history of a seed: days of releases, people and faults through the production code, checked after every step; then the
 * faults end, and everything has to come to rest.
 */
export async function runHistory(seed: number, { limits = noLimits, trace }: HistoryOptions = {}): Promise<History> {
  const shape = drawShape(new Random(seed), limits);
  const world = new World("simulated", { weather: shape.weather, servers: shape.servers, leases: shape.leases, seed });
  const story = new Story(seed, shape, world);
  const told = createHash("sha256");
  world.tellTo((line) => {
    told.update(`${line}\n`);
    trace?.(line);
  });
  const violation = await story.run();
  const log = world.log();
  const digest = told.update(log.at(-1)?.hash ?? "").digest("hex");
  const days = world.elapsedMs() / day;
  const outcome = { seed, days, faults: world.faults.count, events: log.length, digest };
  return violation === undefined ? outcome : { ...outcome, violation };
}
