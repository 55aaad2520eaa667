import { countsOf } from "../analysis/measurement.ts";
import { type ApprovalConfig, approval } from "../gates/approval.ts";
import type { GateContext, Verdict } from "../gates/gate.ts";
import type { Stage } from "../pipeline/schema.ts";
import { fullExposure } from "../rollout/bucket.ts";
import { currentWave, isForEverybody } from "../rollout/reach.ts";
import { holdMs, nextExposure } from "../rollout/schedule.ts";
import { waveGroup } from "../rollout/waves/wave-of.ts";
import { formatDuration } from "../time/duration.ts";
import { rfc3339 } from "../time/instant.ts";
import type { Promotion, RollingPromotion } from "./state.ts";
import type { Transition } from "./transition.ts";

/**
 * What stands between a wave that has the release and the next one: undefined while the wave does not have it, and where no wave
 * follows. The stage's gates and analysis have to pass as well, as for every exposure that rises.
 */
export function barrierOf(context: GateContext, promotion: RollingPromotion): Verdict | undefined {
  const current = currentWave(promotion);
  const { basisPoints, appliedAt } = promotion.exposure;
  if (current === undefined || isForEverybody(promotion) || basisPoints < fullExposure || appliedAt === undefined)
    return undefined;
  const { wave } = current;
  const parts = [
    held(appliedAt + Math.max(holdMs(context.stage.rollout, basisPoints), wave.barrier?.hold ?? 0), context),
    healthy(wave.barrier?.["min-clients"], context),
    approved(wave.barrier?.approval, context, appliedAt),
  ].filter((part) => part !== undefined);
  const open = parts.filter(({ verdict }) => verdict !== "pass");
  const reason = (open.length === 0 ? parts : open).map((part) => part.reason).join("; ");
  const evidence = { wave: wave.name, barrier: parts.map((part) => ({ reason: part.reason, ...part.evidence })) };
  if (open.length === 0) return { verdict: "pass", reason, evidence };
  const until = open.length === 1 && open[0]?.verdict === "wait" ? open[0].until : undefined;
  const who = open.find((part) => "who" in part && part.who !== undefined);
  return {
    verdict: "wait",
    reason,
    evidence,
    ...(until === undefined ? {} : { until }),
    ...(who !== undefined && "who" in who ? { who: who.who } : {}),
  };
}

function held(until: number, { now }: GateContext): Verdict {
  const evidence = { until: rfc3339(until) };
  return now >= until
    ? { verdict: "pass", reason: `held until ${rfc3339(until)}`, evidence }
    : { verdict: "wait", reason: `held for ${formatDuration(until - now)} more`, evidence, until };
}

function healthy(least: number | undefined, { measurements, stage, release }: GateContext): Verdict | undefined {
  if (least === undefined) return undefined;
  if (measurements === undefined)
    return { verdict: "wait", reason: "the clients' reports have not been counted", evidence: {} };
  const { healthy: clients } = countsOf(measurements, stage.name, release.version);
  const reason = `${clients} of at least ${least} clients confirmed healthy`;
  return { verdict: clients >= least ? "pass" : "wait", reason, evidence: { clients, least } };
}

/** Approvals count for the wave if they were given after the whole wave had it: what was said before is about something else. */
function approved(config: ApprovalConfig | undefined, context: GateContext, since: number): Verdict | undefined {
  if (config === undefined || context.promotion === undefined) return undefined;
  const { promotion } = context;
  const approvals = promotion.approvals.filter(({ at }) => at >= since);
  return approval.evaluate(config, { ...context, promotion: { ...promotion, approvals } });
}

/** The approval that the wave that has begun asks for before the next, once all of the wave has it; and since when it counts. */
export function wantedApproval(
  promotion: Promotion,
): { readonly config: ApprovalConfig; readonly since: number } | undefined {
  if (promotion.status !== "active" && promotion.status !== "paused") return undefined;
  const config = currentWave(promotion)?.wave.barrier?.approval;
  const { basisPoints, appliedAt } = promotion.exposure;
  if (config === undefined || basisPoints < fullExposure || appliedAt === undefined) return undefined;
  return { config, since: appliedAt };
}

/** Lets the next wave begin. */
export function beginNextWave(
  transition: Transition,
  stage: Stage,
  promotion: RollingPromotion,
  evidence: { readonly [key: string]: object | string },
): void {
  const { id, version, waves = [], exposure } = promotion;
  const wave = (exposure.wave ?? 0) + 1;
  const name = waves[wave - 1]?.name ?? "";
  const to = stage.rollout.evidence === undefined ? (nextExposure(stage.rollout, 0) ?? fullExposure) : 0;
  transition.add({
    type: "WaveBegun",
    data: {
      id,
      stage: stage.name,
      version,
      wave,
      of: waves.length,
      name,
      to,
      evidence: JSON.parse(JSON.stringify(evidence)),
    },
  });
}

/**
 * Hands a rollout to a person whose wave failed by itself and was halted: what harms one wave may harm the next. Whoever resumes it lets the
 * next wave begin without that one. @returns whether it does not go on
 */
export function handOverHaltedWave(transition: Transition, promotion: RollingPromotion): boolean {
  const wave = currentWave(promotion)?.wave;
  if (wave === undefined || promotion.status !== "active") return false;
  const halted = promotion.haltedGroups?.find(({ group }) => group === waveGroup(wave));
  if (halted === undefined || halted.at < (promotion.decidesFrom ?? 0)) return false;
  const { id, stage, version } = promotion;
  const reason = `wave ${wave.name} failed by itself and was halted: resume to go on without it, or abort`;
  const evidence = { wave: wave.name, haltedAt: rfc3339(halted.at) };
  transition.add({ type: "PromotionPaused", data: { id, stage, version, cause: "analysis", reason, evidence } });
  return true;
}

/** The groups of the waves that have not begun. */
export function laterWaveGroups({ waves = [], ...rest }: Promotion): readonly string[] {
  const begun = "exposure" in rest ? (rest.exposure?.wave ?? waves.length) : 0;
  return waves.slice(begun).map(waveGroup);
}

/** The groups of all the waves that a promotion goes through: each pays for itself. */
export function waveGroups({ waves = [] }: Promotion): readonly string[] {
  return waves.map(waveGroup);
}
