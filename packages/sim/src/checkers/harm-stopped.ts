import { Chronicle } from "../chronicle/chronicle.ts";
import { plainEvidence } from "../chronicle/e-value.ts";
import { Heard } from "../chronicle/heard.ts";
import type { ToldPromotion } from "../chronicle/told.ts";
import type { SimulatedFleet } from "../world/fleet.ts";
import type { World } from "../world/world.ts";
import { calmness } from "./calmness.ts";
import type { CheckerKind } from "./checker.ts";

/** For so long harm may be proved and nothing done about it while nothing keeps anybody from it, in ms: another server may have to come to lead. */
const patienceMs = 10 * 3_600_000;
const slowWrites = 12;
/** The plain evidence has to be so many times what stops a release that no other weights of its alternatives make up for that. */
const margin = 10;
const threshold = { failures: 1 / 0.004, missing: 1 / 0.000_75, crashes: 1 / 0.001, group: 40 / 0.002 };

/**
 * A rollout does not go on once what its clients said, or that they say nothing, proves by far that it does harm. Counted anew from what clients were
 * told is stored, for the first rollout of a release to a stage; of the whole as long as none of its groups is halted.
 */
export const harmStopped: CheckerKind = {
  guards: "a rollout stops once failures, crashes or silence prove that it does harm",
  create() {
    const told = new Chronicle();
    const isCalm = calmness();
    const heard = new Heard();
    const since = new Map<string, number>();
    return (world, fleet) => {
      told.readTo(world, world.log().length);
      heard.readOn(fleet);
      const now = world.clock.now();
      const calm = isCalm(world);
      for (const promotion of told.promotions.values()) {
        const harm = calm && isJudged(told, promotion) ? harmOf(told, promotion, { world, fleet, heard }) : undefined;
        if (harm === undefined) {
          since.delete(promotion.id);
          continue;
        }
        const first = since.get(promotion.id) ?? now;
        since.set(promotion.id, first);
        if (now - first > patienceMs + slowWrites * world.faults.weather.slowMs)
          return `${promotion.id} of ${promotion.version} goes on in ${promotion.stage} for ${Math.round((now - first) / 3_600_000)} hours: ${harm}`;
      }
      return undefined;
    };
  },
};

function isJudged(told: Chronicle, { way, stage, version, id, override, otherPipeline }: ToldPromotion): boolean {
  if (way !== "active" || override !== undefined || otherPipeline) return false;
  return ![...told.promotions.values()].some((one) => one.id !== id && one.stage === stage && one.version === version);
}

function harmOf(
  told: Chronicle,
  promotion: ToldPromotion,
  { world, fleet, heard }: { readonly world: World; readonly fleet: SimulatedFleet; readonly heard: Heard },
): string | undefined {
  const { stage, version, id } = promotion;
  const spec = told.spec(stage);
  if (spec === undefined) return undefined;
  const own = heard.of(stage, version);
  const rules = spec.rollout.evidence;
  const proves = (what: keyof typeof threshold, n: number, k: number, basisPoints: number, sure = 1) =>
    k > 0 && plainEvidence(n, k, basisPoints / 10_000) >= margin * sure * threshold[what]
      ? `${k} of ${n} are ${what}`
      : undefined;
  if (rules === undefined) {
    if (spec["stop-test"] !== true || spec["on-failure"] !== "rollback") return undefined;
    const limit = spec.analysis.flatMap(({ clients }) => clients?.["max-failure-rate"] ?? [])[0] ?? 100;
    return proves("failures", own.began.size, own.harmed.size, limit);
  }
  const letIn = world.admissions.filter((one) => one.promotion === id);
  const failed = [...own.harmed.keys()].filter((client) => !own.well.has(client));
  // Whoever is under a share counts as installed, whether it is known or only expected.
  const expected = fleet.clients.filter(({ channel }) => channel === stage).length + (rules.fleet ?? 0);
  const everybody = own.began.union(new Set(letIn.map(({ client }) => client)));
  const began = everybody.size;
  const failures =
    promotion.haltedGroups.size > 0
      ? undefined
      : proves("failures", letIn.length > 0 ? began : began + expected, failed.length, rules["max-failure-rate"]);
  const groupLimit = rules["max-group-failure-rate"] ?? 2 * rules["max-failure-rate"];
  for (const region of rules.groups.includes("region") ? ["eu", "us"] : []) {
    const isIn = (client: string) => fleet.regionOf(client) === region;
    const harm = proves("group", [...everybody].filter(isIn).length, failed.filter(isIn).length, groupLimit);
    if (harm !== undefined && !promotion.haltedGroups.has(`region=${region}`)) return `${harm} ${region}`;
  }
  // Where a group is halted, its clients count no more.
  if (promotion.haltedGroups.size > 0) return undefined;
  // Of silence and late crashes only clocks that are right tell for how long.
  if (failures !== undefined || letIn.length === 0 || world.faults.weather.clockJump > 0) return failures;
  const deadline = rules["report-deadline"];
  const due = new Set(letIn.filter(({ at }) => world.clock.now() - at > 2 * deadline).map(({ client }) => client));
  // It is known when it was acknowledged, which a slow store does long after it was received.
  const lateMs = 2 * deadline + 4 * world.faults.weather.slowMs;
  const crashed = letIn.filter(({ client, at }) => (own.crashed.get(client) ?? 0) - at > lateMs).length;
  return (
    proves("missing", due.size, due.difference(own.answered).size, rules["max-missing-rate"]) ??
    // The mean over three ages.
    proves("crashes", began, crashed, rules["max-crash-rate"], 3)
  );
}
