import { createHash } from "node:crypto";
import { Random } from "../fleet/random.ts";
import { World } from "../world/world.ts";
import { drawShape, type Limits } from "./draw.ts";
import { type Happening, happenedIn } from "./happening.ts";
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
  /** What must not be and was, and everything that happened until then. */
  readonly violation?: Violation;
  readonly happened?: readonly Happening[];
}

export interface HistoryOptions {
  readonly limits?: Limits;
  /** Told everything that anybody saw, a line each. */
  readonly trace?: (line: string) => void;
}

const day = 24 * 3_600_000;
/** What has to hold of every history beside what checkers guard. */
export const codeRuns = "the code runs";
const noLimits: Limits = { without: [] };

/**
 * Runs the history of a seed: days of releases, people and faults through the production code, checked after every step; then the
 * faults end, and everything has to come to rest.
 */
export async function runHistory(seed: number, { limits = noLimits, trace }: HistoryOptions = {}): Promise<History> {
  const shape = drawShape(new Random(seed), limits, new Random(seed, 25), new Random(seed, 27));
  const { weather, servers, leases } = shape;
  const world = new World("simulated", { weather, servers, leases, asksOutside: true, seed });
  const story = new Story(seed, shape, world);
  const told = createHash("sha256");
  world.tellTo((line) => {
    told.update(`${line}\n`);
    trace?.(line);
  });
  const violation = await story.run().catch((error: unknown) => brokenOff(world, error));
  const log = world.log();
  const digest = told.update(log.at(-1)?.hash ?? "").digest("hex");
  const days = world.elapsedMs() / day;
  const outcome = { seed, days, faults: world.faults.struck.length, events: log.length, digest };
  return violation === undefined ? outcome : { ...outcome, violation, happened: happenedIn(world) };
}

/** A history that cannot go on, as something throws where nothing may. */
function brokenOff(world: World, error: unknown): Violation {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { guards: codeRuns, what, day: world.elapsedMs() / day };
}
