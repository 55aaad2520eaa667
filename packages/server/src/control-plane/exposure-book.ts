import { fleetHorizonMs, withFleet } from "@sluice/core/analysis/fleet.ts";
import type { ExposedRelease, FleetCounts, StageSize } from "@sluice/core/analysis/fleet-counts.ts";
import type { Measurements } from "@sluice/core/analysis/measurement.ts";
import { exposedReleases } from "@sluice/core/application/exposed.ts";
import { grantsOf } from "@sluice/core/application/grants.ts";
import type { AppState } from "@sluice/core/application/state.ts";
import { unlimited } from "@sluice/core/rollout/evidence/ration.ts";
import type { Millis } from "@sluice/core/time/instant.ts";
import type { ReportStore } from "../telemetry/reports.ts";

/** How long the sizes of stages are not counted again, ms: it means reading every report of the horizon. */
const keptMs = 600_000;

/** Whether a budget over all applications is among the policies of one. */
function hasBudget({ policies }: AppState): boolean {
  return policies.some(({ policy }) => policy?.exposureBudget !== undefined);
}

/**
 * What every application has exposed, for budgets over all of them. Whoever raises an exposure does it alone, after what all others
 * have was written here, and writes down what it may now have, so that two applications never spend the same share.
 */
export class ExposureBook {
  readonly #reports: ReportStore;
  readonly #exposed = new Map<string, readonly ExposedRelease[]>();
  readonly #sizes = new Map<string, { readonly at: Millis; readonly sizes: Promise<readonly StageSize[]> }>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(reports: ReportStore) {
    this.#reports = reports;
  }

  /** Forgets what was written: another node may have raised since. */
  forget(): void {
    this.#exposed.clear();
  }

  /** Does something while nobody else does anything in this way. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  /**
   * Adds what is known of all applications to the measurements of one that has a budget. May fail with an OperationalError.
   * @param apps the names of all of them
   */
  async complete(
    state: AppState,
    measurements: Measurements,
    apps: readonly string[],
    now: Millis,
  ): Promise<Measurements> {
    if (!hasBudget(state)) return measurements;
    const sizes = (await Promise.all(apps.map((app) => this.#sizesOf(app, now)))).flat();
    const fleet: FleetCounts = {
      at: now,
      sizes,
      exposed: [...this.#exposed.values()].flat(),
      uncounted: apps.filter((app) => app !== state.app && !this.#exposed.has(app)),
    };
    return withFleet(measurements, fleet);
  }

  /**
   * Writes down what an application has exposed, and what it may let in by what is granted to it.
   * @returns whether others that wait should look again: it leaves them more than before, or nobody is uncounted any more
   */
  write(state: AppState, measurements: Measurements, now: Millis): boolean {
    const counted = measurements.find(({ fleet }) => fleet !== undefined)?.fleet;
    if (counted === undefined && hasBudget(state)) {
      this.lose(state.app);
      return false;
    }
    const sizes = counted?.sizes ?? [];
    const sizeOf = (stage: string) => sizes.find((one) => one.app === state.app && one.stage === stage)?.clients ?? 0;
    const grants = grantsOf(state, measurements, now);
    const exposed = exposedReleases(state, sizeOf, measurements).map(({ promotion, ...release }) => {
      const granted = grants.find((grant) => grant.promotion === promotion)?.total ?? 0;
      const mayTake = granted >= unlimited ? sizeOf(release.stage) : granted;
      return { ...release, clients: Math.max(release.clients, mayTake) };
    });
    const before = this.#exposed.get(state.app);
    this.#exposed.set(state.app, exposed);
    return before === undefined ? counted?.uncounted.length === 0 : sum(exposed) < sum(before);
  }

  /** Nobody knows what an application has exposed: until it is written again, no other raises anything. */
  lose(app: string): void {
    this.#exposed.delete(app);
  }

  #sizesOf(app: string, now: Millis): Promise<readonly StageSize[]> {
    const known = this.#sizes.get(app);
    if (known !== undefined && now - known.at < keptMs) return known.sizes;
    const sizes = this.#reports
      .seen(app, now - fleetHorizonMs)
      .then((channels) => channels.map(({ channel, clients }) => ({ app, stage: channel, clients })));
    this.#sizes.set(app, { at: now, sizes });
    sizes.catch(() => this.#sizes.delete(app));
    return sizes;
  }
}

function sum(exposed: readonly ExposedRelease[]): number {
  return exposed.reduce((total, { clients }) => total + clients, 0);
}
