import { failureLimit } from "../../analysis/judge.ts";
import { stopTestAlpha } from "../../analysis/stop-test.ts";
import type { Stage } from "../../pipeline/schema.ts";
import { admissionBy } from "../admission-by.ts";
import { fullExposure } from "../bucket.ts";
import { alphaShare } from "../evidence/groups.ts";
import { planOf } from "../evidence/plan-of.ts";
import { holdMs, nextExposure } from "../schedule.ts";
import type { Rollout } from "../schema.ts";
import type { Audience } from "./audience.ts";
import { goodCourseMs } from "./good-course.ts";
import { goodCourseByShareMs } from "./good-course-by-share.ts";
import { stoppingOf } from "./stopping.ts";

/** How a release that fails at `rate` (fraction) fares. */
export interface Detection {
  readonly rate: number;
  /** The chance that it is stopped before everybody has it, 0 to 1. */
  readonly chance: number;
  /** How many clients have it by then, in half of the cases; null when it is practically never stopped. */
  readonly clients: number | null;
}

/** What a stage's plan can see, said before anything is rolled out. */
export interface Power {
  readonly stage: string;
  readonly clients: number;
  /** The failure rate above which a release does harm in the stage (fraction). */
  readonly limit: number;
  /** Whether exposure is paid for with evidence, or the stop test runs beside shares that rise by the clock. */
  readonly byEvidence: boolean;
  /** By rising rates; empty where the stop test is switched off. */
  readonly detections: readonly Detection[];
  /** The lowest of those rates that is stopped in at least nine cases of ten; null when none is. */
  readonly surelyCaught: number | null;
  /** How long a good release takes from its start until 99 % of the clients have it, in ms; null: a person has to decide. */
  readonly goodReleaseMs: number | null;
  /** Whether people have to let waves begin: how long that takes is not counted. */
  readonly approvals: boolean;
  /** What takes the place of the limit as soon as enough clients have told; null: nothing. */
  readonly compares: "history" | "control" | null;
  /** How long the pipeline waits for the evidence before a person has to decide, in ms; null: it goes by the clock. */
  readonly decideWithinMs: number | null;
}

const multiples = [1.5, 2, 3, 5, 10, 20, 100];
const sure = 0.9;

/** What the stage's plan can see in such an audience. Pure arithmetic: nothing is rolled out, nothing drawn. */
export function powerOf(stage: Stage, audience: Audience): Power {
  const rules = stage.rollout.evidence;
  const plan = rules && planOf(rules);
  const limit = plan?.limits.failure ?? failureLimit(stage) / 10_000;
  const alpha = plan === undefined ? stopTestAlpha : plan.alpha.failure * alphaShare(0, plan.groupsMost);
  const rates = stage["stop-test"] ? [...new Set(multiples.map((multiple) => Math.min(1, multiple * limit)))] : [];
  const detections = rates.map((rate): Detection => {
    // Who never reports counts as healthy.
    const { chance, medianClients } = stoppingOf(rate * (1 - audience.silent), audience.clients, { limit, alpha });
    return { rate, chance, clients: medianClients };
  });
  return {
    stage: stage.name,
    clients: audience.clients,
    limit,
    byEvidence: plan !== undefined,
    detections,
    surelyCaught: detections.find(({ chance }) => chance >= sure)?.rate ?? null,
    goodReleaseMs: goodReleaseMs(stage, audience),
    decideWithinMs: plan?.decideWithinMs ?? null,
    approvals: stage.rollout.waves?.some(({ barrier }) => barrier?.approval !== undefined) ?? false,
    compares: typeof stage["stop-test"] === "boolean" ? null : stage["stop-test"].compare,
  };
}

function goodReleaseMs(stage: Stage, audience: Audience): number | null {
  const { rollout } = stage;
  const { evidence } = rollout;
  const barriers = barriersMs(rollout, audience);
  if (evidence === undefined)
    return scheduleMs(rollout) * (rollout.waves?.length ?? 1) + barriers + 0.99 * audience.pollMs;
  const plan = planOf(evidence);
  const course = admissionBy(stage) === "share" ? goodCourseByShareMs(plan, audience) : goodCourseMs(plan, audience);
  return course === null ? null : course + barriers;
}

/**
 * What the waves wait for each other, in ms: for the holds, and for the clients who must be healthy. The waves are taken to be equal in size;
 * what they wait for people is not counted.
 */
function barriersMs(rollout: Rollout, { clients, pollMs, reportMs }: Audience): number {
  const { waves = [] } = rollout;
  const last = rollout.evidence === undefined ? holdMs(rollout, fullExposure) : 0;
  return waves.slice(0, -1).reduce((total, { barrier }, index) => {
    const reached = (clients * (index + 1)) / waves.length;
    const least = barrier?.["min-clients"] ?? 0;
    const healthyMs = least === 0 ? 0 : Math.min(1, least / reached) * pollMs + reportMs;
    return total + Math.max(last, barrier?.hold ?? 0, healthyMs);
  }, 0);
}

/** The time that a rollout by the clock takes until everybody of the stage, or of a wave, is exposed, in ms. */
function scheduleMs(rollout: Rollout): number {
  let ms = 0;
  let exposed = nextExposure(rollout, 0);
  while (exposed !== undefined) {
    const next = nextExposure(rollout, exposed);
    if (next !== undefined) ms += holdMs(rollout, exposed);
    exposed = next;
  }
  return ms;
}
