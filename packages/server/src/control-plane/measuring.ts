import { controlGroups } from "@sluice/core/analysis/control-group.ts";
import { fleetHorizonMs } from "@sluice/core/analysis/fleet.ts";
import { type ClientCounts, countsOf as countsIn, type Measurements } from "@sluice/core/analysis/measurement.ts";
import { attemptKey, type LatestAttempt, latestAttempts } from "@sluice/core/application/attempts.ts";
import { stagesOf } from "@sluice/core/application/context.ts";
import { everybodyAskedOnceMs } from "@sluice/core/application/everybody-asked.ts";
import { type AppState, type Promotion, stageOf } from "@sluice/core/application/state.ts";
import { waveGroups } from "@sluice/core/application/waves.ts";
import { fullExposure } from "@sluice/core/rollout/bucket.ts";
import { planOf } from "@sluice/core/rollout/evidence/plan-of.ts";
import type { EvidenceRules } from "@sluice/core/rollout/schema.ts";
import { noAttempt } from "../telemetry/admitting.ts";
import type { Attempt } from "../telemetry/attempts.ts";
import { Ledgers } from "../telemetry/ledgers.ts";
import type { ReportCounts, ReportStore } from "../telemetry/reports.ts";

/** A rollout, or what is live, whose exposure is paid for with evidence. */
interface Watched {
  readonly promotion: Promotion;
  readonly rules: EvidenceRules;
  /** It is everybody's. */
  readonly decided: boolean;
}

/** Counts what the clients of an application have said. */
export class Measuring {
  readonly #reports: ReportStore;
  readonly #ledgers: Ledgers;

  constructor(reports: ReportStore) {
    this.#reports = reports;
    this.#ledgers = new Ledgers(reports);
  }

  /**
   * The counts of every release in every stage, each of its latest attempt there: what an earlier one was stopped for does not count
   * against the next. May fail with an OperationalError.
   */
  async measure(state: AppState, now: number): Promise<Measurements> {
    const counts = await this.#reports.counts(state.app);
    const latest = latestAttempts(state);
    const watched = watchedOf(state);
    const again = [...latest.values()].filter((attempt) => attempt.again).map(({ promotion }) => promotion);
    const wanted = [...new Set([...again, ...watched.map(({ promotion }) => promotion.id)])];
    const found = wanted.length === 0 ? [] : await this.#reports.attempts(state.app, wanted);
    const attempts = new Map(found.map((attempt) => [attempt.promotion, attempt]));
    this.#ledgers.keepOnly(
      state.app,
      watched.map(({ promotion }) => promotion.id),
    );
    const measured = new Map<string, ClientCounts>();
    for (const row of counts) {
      const attempt = latest.get(attemptKey(row.channel, row.version));
      measured.set(attemptKey(row.channel, row.version), countsOf(row, attempt, attempts));
    }
    for (const { stage, version, since } of controlGroups(state)) {
      const newcomers = await this.#reports.newcomers(state.app, stage, version, since);
      const known = countsIn([...measured.values()], stage, version);
      measured.set(attemptKey(stage, version), { ...known, newcomers });
    }
    for (const { promotion, rules } of watched) {
      const { stage, version } = promotion;
      const attempt = attempts.get(promotion.id) ?? noAttempt(state.app, promotion.id);
      const offers = await this.#ledgers.count({
        attempt,
        plan: planOf(rules),
        watchedGroups: waveGroups(promotion),
        haltedGroups: (promotion.haltedGroups ?? []).map(({ group }) => group),
        ...byShareOf(state, promotion, rules),
        fleet: fleetOf(counts, stage),
        now,
      });
      const { reached, healthy, failed } = attempt;
      const rollout = { promotion: promotion.id, offers };
      measured.set(attemptKey(stage, version), { stage, version, reached, healthy, failed, rollout });
    }
    return [...measured.values()];
  }

  /** When passing time next changes a count that matters, ms since the epoch; undefined when only a report can. */
  nextChange(state: AppState): number | undefined {
    const moments = watchedOf(state).flatMap(
      ({ promotion, decided }) => this.#ledgers.nextChange(state.app, promotion.id, decided) ?? [],
    );
    return moments.length === 0 ? undefined : Math.min(...moments);
  }
}

/** Whom a rollout lets in by a share that the feed names: the clients that reported since the release before it began, or in the last weeks. */
function byShareOf(state: AppState, promotion: Promotion, { fleet: least = 0 }: EvidenceRules) {
  const { admission, stage, shares = [] } = promotion;
  if (admission !== "share" || promotion.status === "waiting" || promotion.startedAt === undefined) return {};
  if (promotion.exposure === undefined) return {};
  const before = promotion.startedAt;
  const earlier = [...stageOf(state, stage).completed.values()].findLast((one) => one.promotion !== promotion.id);
  const previous = earlier && state.promotions.get(earlier.promotion);
  const began = previous?.status === "complete" ? previous.startedAt : before;
  const since = Math.min(before - fleetHorizonMs, began);
  const audience = { app: state.app, channel: stage, salt: promotion.exposure.salt, since, before, least };
  // What is everybody's expects nobody.
  const partial = shares.filter(({ basisPoints }) => basisPoints < fullExposure);
  const withheld = promotion.status === "paused" && promotion.paused.halted === true;
  return { byShare: { audience, shares: partial, askMs: everybodyAskedOnceMs(state), withheld } };
}

function watchedOf(state: AppState): Watched[] {
  return stagesOf(state).flatMap((stage) => {
    const rules = stage.rollout.evidence;
    if (rules === undefined) return [];
    const { active, live } = stageOf(state, stage.name);
    return [active, live?.promotion].flatMap((id, index) => {
      const promotion = id === undefined ? undefined : state.promotions.get(id);
      return promotion === undefined ? [] : [{ promotion, rules, decided: index === 1 }];
    });
  });
}

function countsOf(
  { channel, version, reached, healthy, failed }: ReportCounts,
  latest: LatestAttempt | undefined,
  attempts: ReadonlyMap<string, Attempt>,
): ClientCounts {
  const own =
    latest?.again === true ? (attempts.get(latest.promotion) ?? noAttempt("", "")) : { reached, healthy, failed };
  return { stage: channel, version, reached: own.reached, healthy: own.healthy, failed: own.failed };
}

/** How many clients a channel has, as far as known: the most that any release has reached there. */
function fleetOf(counts: readonly ReportCounts[], stage: string): number {
  return counts.reduce((most, { channel, reached }) => (channel === stage ? Math.max(most, reached) : most), 0);
}
