import { fleetOf } from "../analysis/fleet.ts";
import type { ExposedRelease } from "../analysis/fleet-counts.ts";
import { clientsOf, exposedReleases, firstRolledOut, takenBy } from "../application/exposed.ts";
import type { AppState, Reach } from "../application/state.ts";
import type { Stage } from "../pipeline/schema.ts";
import { appliesTo, concernsStage } from "../policy/applies.ts";
import type { Policy } from "../policy/schema.ts";
import { fullExposure } from "../rollout/bucket.ts";
import { unlimited } from "../rollout/evidence/ration.ts";
import { isForEverybody } from "../rollout/reach.ts";
import { nextExposure } from "../rollout/schedule.ts";
import { type Millis, rfc3339 } from "../time/instant.ts";
import type { GateContext, Verdict } from "./gate.ts";

type Budget = NonNullable<Policy["exposureBudget"]>;

/** What a budget over all applications leaves to one promotion. */
interface Left {
  /** How many clients there are, and how many of them may have what is young. */
  readonly clients: number;
  readonly most: number;
  /** What else is young, largest first. */
  readonly held: readonly ExposedRelease[];
  /** How many clients the stage has. */
  readonly size: number;
  /** When the first of what is young, this release among it, is so no more. */
  readonly until?: Millis;
}

/**
 * Of all clients of the applications and stages that a policy is for, so many at most may have releases that were first rolled out less
 * than so long ago. Passes while the next rise of this promotion keeps to that; waits where it would not, and where nobody counted.
 */
export function exposureBudget(policy: Policy, budget: Budget, context: GateContext): Verdict {
  const { state, stage, release, now, measurements } = context;
  const since = firstRolledOut(state, release.version);
  const old = since !== undefined && now >= since + budget.youngerThan;
  if (old) return { verdict: "pass", reason: `it was first rolled out at ${rfc3339(since)}`, evidence: {} };
  const rolling = context.promotion?.status === "active" || context.promotion?.status === "paused";
  const promotion = rolling ? context.promotion : undefined;
  const next = nextReach(stage, promotion);
  if (next === undefined) return { verdict: "pass", reason: "its exposure does not rise any more", evidence: {} };
  const left = leftOf(policy, budget, context);
  if (left === undefined)
    return { verdict: "wait", reason: "the clients of all applications have not been counted just now", evidence: {} };
  const { clients, most, held, size, until } = left;
  const taken = promotion === undefined ? 0 : takenBy(promotion, measurements);
  const has = promotion === undefined ? 0 : clientsOf(promotion.exposure, size, taken);
  const wants = next === "one-more" ? taken + 1 : clientsOf(next, size, taken);
  const others = held.reduce((sum, each) => sum + each.clients, 0);
  const evidence = { clients, most, held: held.map(({ since: _, ...each }) => each), has, wants };
  const share = `${budget.atMost / 100}% of ${clients} clients`;
  const end = until === undefined ? {} : { until };
  if (wants <= has || others + wants <= most)
    return {
      verdict: "pass",
      reason: `${others + wants} of at most ${most} (${share}) on young releases`,
      evidence,
      ...end,
    };
  const who =
    wants > most
      ? "its next step alone is more than the budget: a smaller step would fit"
      : `held by ${held.map((each) => `${each.app} ${each.version} in ${each.stage} (${each.clients})`).join(", ") || "itself"}`;
  return {
    verdict: "wait",
    reason: `${others + wants} clients would be on young releases, and at most ${most} (${share}) may; ${who}`,
    evidence,
    ...end,
    who: "time, the others by going back, or an admin who changes the policy",
  };
}

/**
 * How many clients one promotion may reach by the budgets of its policies: all that count, or 0 where nobody counted. For a rollout that
 * lets clients in one by one.
 */
export function budgetedClients(state: AppState, context: GateContext): number {
  const { stage, release, now } = context;
  const since = firstRolledOut(state, release.version);
  let most: number = unlimited;
  for (const { policy } of state.policies.values()) {
    const budget = policy?.exposureBudget;
    if (policy === undefined || budget === undefined || !concernsStage(policy, stage.name)) continue;
    if (since !== undefined && now >= since + budget.youngerThan) continue;
    const left = leftOf(policy, budget, context);
    const others = left?.held.reduce((sum, each) => sum + each.clients, 0) ?? 0;
    most = Math.min(most, left === undefined ? 0 : Math.max(0, left.most - others));
  }
  return most;
}

/** How many clients the stage has, where a budget asks that; 0 otherwise. */
export function stageSize({ state, stage, measurements, now }: GateContext): number {
  const sizes = fleetOf(measurements, now)?.sizes ?? [];
  return sizes.find((size) => size.app === state.app && size.stage === stage.name)?.clients ?? 0;
}

/** What the promotion's exposure rises to next; undefined: it does not rise any more. */
function nextReach({ rollout }: Stage, promotion: GateContext["promotion"]): Reach | "one-more" | undefined {
  if (promotion === undefined || (promotion.status !== "active" && promotion.status !== "paused"))
    return rollout.evidence === undefined ? { basisPoints: nextExposure(rollout, 0) ?? fullExposure } : "one-more";
  const { exposure } = promotion;
  if (isForEverybody(promotion)) return undefined;
  if (exposure.basisPoints >= fullExposure) return { basisPoints: fullExposure, wave: (exposure.wave ?? 1) + 1 };
  if (rollout.evidence !== undefined) return "one-more";
  const basisPoints = nextExposure(rollout, exposure.basisPoints) ?? fullExposure;
  return { ...exposure, basisPoints };
}

function leftOf(policy: Policy, { atMost, youngerThan }: Budget, context: GateContext): Left | undefined {
  const { state, stage, promotion, release, now, measurements } = context;
  const fleet = fleetOf(measurements, now);
  if (fleet === undefined) return undefined;
  const concerned = ({ app, stage: name }: { readonly app: string; readonly stage: string }) =>
    appliesTo(policy, app) && concernsStage(policy, name);
  const clients = fleet.sizes.filter(concerned).reduce((sum, size) => sum + size.clients, 0);
  const sizeOf = (name: string) =>
    fleet.sizes.find((size) => size.app === state.app && size.stage === name)?.clients ?? 0;
  const own = exposedReleases(state, sizeOf, measurements).filter((each) => each.promotion !== promotion?.id);
  const held = [...fleet.exposed.filter(({ app }) => app !== state.app), ...own]
    .filter((each) => concerned(each) && each.clients > 0 && now < each.since + youngerThan)
    .map(({ app, stage: name, version, since, clients: has }) => ({ app, stage: name, version, since, clients: has }))
    .sort((a, b) => b.clients - a.clients);
  const ends = [...held.map(({ since }) => since), firstRolledOut(state, release.version) ?? []]
    .flat()
    .map((since) => since + youngerThan);
  return {
    clients,
    most: Math.floor((clients * atMost) / fullExposure),
    held,
    size: sizeOf(stage.name),
    ...(ends.length === 0 ? {} : { until: Math.min(...ends) }),
  };
}
