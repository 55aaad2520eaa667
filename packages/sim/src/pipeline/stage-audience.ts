import type { ClientCounts } from "@sluice/core/analysis/measurement.ts";
import type { Grant } from "@sluice/core/application/grants.ts";
import type { Promotion } from "@sluice/core/application/state.ts";
import type { Stage } from "@sluice/core/pipeline/schema.ts";
import { admissionBy } from "@sluice/core/rollout/admission-by.ts";
import { fullExposure } from "@sluice/core/rollout/bucket.ts";
import type { Offers } from "@sluice/core/rollout/evidence/offers.ts";
import type { EvidencePlan } from "@sluice/core/rollout/evidence/plan.ts";
import { planOf } from "@sluice/core/rollout/evidence/plan-of.ts";
import { unlimited } from "@sluice/core/rollout/evidence/ration.ts";
import { countUnder, type Expected, orderOf } from "@sluice/core/rollout/evidence/share.ts";
import { Audience } from "../fleet/audience.ts";
import type { Fleet, Scenario } from "../fleet/scenario.ts";
import { rehearsed } from "./rehearsal.ts";

const uncounted = { deadlineMs: 0, soakMs: null, agesMs: [] };

/** How time passes in a run, and from which number chance is drawn. */
interface Passing {
  readonly tickMs: number;
  readonly seed: number;
  /** How long it takes until everybody has read what a feed names, in ms. */
  readonly askMs: number;
}

/** The clients of one stage, as the control plane counts and admits them. */
export class StageAudience {
  readonly name: string;
  readonly audience: Audience;
  readonly #fleet: Fleet;
  readonly #plan: EvidencePlan | null;
  readonly #tickMs: number;
  /** Whether the values of the clients' attribute are watched by themselves. */
  readonly #watches: boolean;
  /** The numbers of the watched groups: the first that came. */
  readonly #watched = new Set<number>();
  readonly #halted = new Set<string>();
  readonly #roomByGroup: Float64Array;
  /** Whom the share takes in that lets them in; null where they are let in as they ask, or by steps. All clients are known by their ids. */
  #expected: Expected | null = null;

  constructor(stage: Stage, fleet: Fleet, scenario: Scenario, { tickMs, seed, askMs }: Passing) {
    const { name, rollout } = stage;
    const plan = rollout.evidence === undefined ? null : planOf(rollout.evidence);
    const counting =
      plan === null
        ? uncounted
        : { deadlineMs: plan.reportDeadlineMs, soakMs: plan.soak?.ms ?? null, agesMs: plan.crashAgesMs };
    const byShare = plan !== null && admissionBy(stage) === "share";
    if (byShare) this.#expected = { order: evenly(fleet.clients), under: 0, basisPoints: 0, askMs };
    this.name = name;
    this.#fleet = fleet;
    this.#plan = plan;
    this.#tickMs = tickMs;
    this.#watches = (rollout.evidence?.groups.length ?? 0) > 0;
    this.audience = new Audience(fleet, scenario, byShare ? { ...counting, askMs } : counting, tickMs, seed);
    this.#roomByGroup = new Float64Array(fleet.attributeValues);
  }

  /** Whether its clients are let in as far as the evidence pays for. */
  get pays(): boolean {
    return this.#plan !== null;
  }

  get haltedGroups(): number {
    return this.#halted.size;
  }

  /** What the control plane would have counted. @param start of the run, ms since the epoch */
  counts(promotion: Promotion | undefined, start: number): ClientCounts {
    const { known } = this.audience;
    const { installed, inFlight, missing, failed } = known.counts;
    const counts = {
      stage: this.name,
      version: rehearsed,
      reached: installed,
      healthy: installed - inFlight - missing - failed,
      failed: known.failures,
    };
    if (this.#plan === null || promotion === undefined) return counts;
    return { ...counts, rollout: { promotion: promotion.id, offers: this.#offers(this.#plan, start) } };
  }

  /** Takes the groups that were halted since from those who get it. */
  halt(promotion: Promotion | undefined, tick: number): void {
    for (const { group } of promotion?.haltedGroups ?? []) {
      if (this.#halted.has(group)) continue;
      this.#halted.add(group);
      const index = this.audience.ledger.groups.findIndex(({ name }) => name === group);
      this.audience.halt(index);
      if (index === 0) this.audience.endedAt ??= tick;
    }
  }

  /** Offers the release to a share of the clients, in basis points. */
  expose(basisPoints: number, tick: number): void {
    if (this.#expected === null || basisPoints >= fullExposure) {
      this.audience.expose(basisPoints / fullExposure, tick);
      return;
    }
    const { under: before, order } = this.#expected;
    if (basisPoints <= this.#expected.basisPoints) return;
    const under = countUnder(order, basisPoints);
    this.#expected = { ...this.#expected, under, basisPoints };
    this.audience.letInByShare(under - before, tick);
  }

  /** Lets those install that poll now: by their buckets, and where the release is rationed, as far as the grant reaches. */
  poll(tick: number, grant: Grant | undefined): void {
    const { audience } = this;
    if (grant === undefined) {
      audience.pollByShare(tick);
      return;
    }
    const { offered, groups } = audience.ledger;
    const room = grant.total >= unlimited ? unlimited : Math.max(0, grant.total - offered);
    const most = (group: number) => {
      if (!this.#watches) return unlimited;
      const { name, installed } = groups[group] ?? { name: "", installed: 0 };
      return Math.max(0, (grant.byGroup[name] ?? grant.unseenGroup) - installed);
    };
    for (let group = 0; group < this.#roomByGroup.length; group++) this.#roomByGroup[group] = most(group);
    audience.pollByRoom(tick, room, this.#roomByGroup);
  }

  #offers(plan: EvidencePlan, start: number): Offers {
    const { counts, known, lastAskedAt } = this.audience;
    if (this.#watches)
      for (const [index, { installed }] of known.groups.entries())
        if (installed > 0 && this.#watched.size < plan.groupsMost) this.#watched.add(index);
    const watched = [...this.#watched].flatMap((index) => known.groups[index] ?? []);
    return {
      fleet: this.#fleet.clients,
      counts,
      groups: watched.filter(({ name }) => !this.#halted.has(name)),
      offered: known.offered,
      ...(this.#expected === null ? {} : { expected: this.#expected }),
      ...(lastAskedAt === null ? {} : { lastAskedAt: start + lastAskedAt * this.#tickMs }),
      offeredByGroup: Object.fromEntries(watched.map(({ name, installed }) => [name, installed])),
    };
  }
}

/** The order of clients that stand evenly. */
function evenly(clients: number) {
  return orderOf(
    Float64Array.from({ length: clients }, (_, i) => ((i + 0.5) * fullExposure) / clients),
    0,
  );
}
