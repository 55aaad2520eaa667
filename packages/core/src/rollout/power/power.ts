import { failureLimit } from "../../analysis/judge.ts";
import { stopTestAlpha } from "../../analysis/stop-test.ts";
import type { Stage } from "../../pipeline/schema.ts";
import { holdMs, nextExposure } from "../schedule.ts";
import type { Rollout } from "../schema.ts";
import { stoppingOf } from "./stopping.ts";

/** The clients of a stage, as far as they matter to what its stop test can see. */
export interface Audience {
  /** How many clients the stage has. */
  readonly clients: number;
  /** How often each asks for updates, in ms. */
  readonly pollMs: number;
  /** The share of them that never reports anything (fraction). */
  readonly silent: number;
}

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
  /** By rising rates; empty where the stop test is switched off. */
  readonly detections: readonly Detection[];
  /** The lowest of those rates that is stopped in at least nine cases of ten; null when none is. */
  readonly surelyCaught: number | null;
  /** How long a good release takes from its start until 99 % of the clients have it, in ms. */
  readonly goodReleaseMs: number;
}

const multiples = [1.5, 2, 3, 5, 10, 20, 100];
const sure = 0.9;

/** What the stage's plan can see in such an audience. Pure arithmetic: nothing is rolled out, nothing drawn. */
export function powerOf(stage: Stage, audience: Audience): Power {
  const limit = failureLimit(stage) / 10_000;
  const rates = stage["stop-test"] ? [...new Set(multiples.map((multiple) => Math.min(1, multiple * limit)))] : [];
  const detections = rates.map((rate): Detection => {
    // Who never reports counts as healthy.
    const { chance, medianClients } = stoppingOf(rate * (1 - audience.silent), audience.clients, {
      limit,
      alpha: stopTestAlpha,
    });
    return { rate, chance, clients: medianClients };
  });
  return {
    stage: stage.name,
    clients: audience.clients,
    limit,
    detections,
    surelyCaught: detections.find(({ chance }) => chance >= sure)?.rate ?? null,
    goodReleaseMs: scheduleMs(stage.rollout) + 0.99 * audience.pollMs,
  };
}

/** The time that a rollout by the clock takes until everybody is exposed, in ms. */
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
