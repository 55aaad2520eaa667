import type { Policy, PolicyKind } from "../policy.ts";

const minute = 60_000;
const hour = 60 * minute;

interface TimedStep {
  readonly share: number;
  readonly ms: number;
}

/**
 * Shares that rise by the clock; at the end of each step the release goes back if more than `most` of the reports so far are
 * failures. Nothing is looked at in between, and no report at all is taken for a good one, as in the seeds.
 */
function steppedPolicy(name: string, steps: readonly TimedStep[], most = 0.01): PolicyKind {
  const start = (): Policy => {
    const ends = steps.map((_, index) => steps.slice(0, index + 1).reduce((sum, step) => sum + step.ms, 0));
    let step = -1;
    return {
      everyMs: minute,
      decide(elapsedMs, { counts, failures }) {
        let now = ends.findIndex((end) => elapsedMs < end);
        if (now < 0) now = steps.length;
        if (now === step) return {};
        const bad = failures > most * reported(counts);
        const first = step < 0;
        step = now;
        if (!first && bad) return { stop: true };
        return { share: steps[now]?.share ?? 1 };
      },
    };
  };
  return { name, start, deadlineMs: 16 * minute, soakMs: null, agesMs: [] };
}

/** 10 % more a minute, from the start; back when more than 5 % of the reports so far are failures at two looks a minute apart (seed 002). */
export const linear: PolicyKind = {
  name: "linear",
  deadlineMs: 16 * minute,
  soakMs: null,
  agesMs: [],
  start: () => {
    let over = 0;
    return {
      everyMs: minute,
      decide(elapsedMs, { counts, failures }) {
        over = failures > 0.05 * reported(counts) ? over + 1 : 0;
        return over === 2 ? { stop: true } : { share: Math.min(1, 0.1 * (1 + elapsedMs / minute)) };
      },
    };
  },
};

function reported({ installed, inFlight, missing }: { installed: number; inFlight: number; missing: number }): number {
  return installed - inFlight - missing;
}

/** Production of seed 003, section 8.2: 5 % for 24 h, 25 % for 48 h, 75 % for 24 h, then all. */
export const staged = steppedPolicy("staged", [
  { share: 0.05, ms: 24 * hour },
  { share: 0.25, ms: 48 * hour },
  { share: 0.75, ms: 24 * hour },
]);

/** Seed 003, section 3.3: 5 % for 30 minutes, then 25, 50, 75 % for 15 each, then all. */
export const canary = steppedPolicy("canary", [
  { share: 0.05, ms: 30 * minute },
  { share: 0.25, ms: 15 * minute },
  { share: 0.5, ms: 15 * minute },
  { share: 0.75, ms: 15 * minute },
]);

/** Seed 000: the developers' ring (0.5 % of the clients) for 24 h, the beta ring (10 %) for 72 h, then all. */
export const rings = steppedPolicy("rings", [
  { share: 0.005, ms: 24 * hour },
  { share: 0.1, ms: 72 * hour },
]);

/** Everybody at once, after somebody approved: as seeds 001 and 004 deliver. Nothing is looked at. */
export const atOnce: PolicyKind = steppedPolicy("at-once", [{ share: 1, ms: hour }], 1);
