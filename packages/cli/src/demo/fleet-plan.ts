import type { Pipeline } from "@sluice/core/pipeline/schema.ts";
import { bucketOf } from "@sluice/core/rollout/bucket.ts";

/** The demo's releases, oldest first: a first one, a good one, and one that breaks. */
export const releases = { first: "0.28.0", good: "0.28.1", bad: "0.28.2" } as const;
export const versions = [releases.first, releases.good, releases.bad] as const;

/** How many agents each stage has. */
export const fleetSize = { dev: 6, beta: 6, stable: 12 } as const;
export type StageName = keyof typeof fleetSize;

/** How many clients a release may have at risk at first, and the fewest in the first step of a rollout: two failures of two stop it. */
export const firstRation = 2;

/**
 * The ids of a stage's agents: `dev-31` and the numbers that follow. Which clients come first in a rollout is a hash of the
 * rollout's salt and the client's id, so with twelve clients a step of 10 % may hold anybody or nobody. Of all runs of numbers the
 * first is taken with which every step of every release brings somebody new, and the first step at least two.
 */
export function agentIds(pipeline: Pipeline, stage: StageName): string[] {
  const steps = pipeline.stages.find(({ name }) => name === stage)?.rollout.steps ?? [];
  for (let first = 1; first < 100_000; first++) {
    const ids = Array.from({ length: fleetSize[stage] }, (_, i) => `${stage}-${first + i}`);
    const suits = versions.every((version, i) => {
      const reached = steps.map(({ to }) => exposedAmong(ids, saltOf(pipeline.app, stage, i + 1, version), to));
      return reached.every((count, step) => count >= firstRation && count > (reached[step - 1] ?? 0));
    });
    if (suits) return ids;
  }
  throw new Error(`no run of ids suits the steps of ${stage}`);
}

/** The salt of a stage's n-th rollout, as the core makes it. */
export function saltOf(app: string, stage: string, attempt: number, version: string): string {
  return `${app} ${stage}-${attempt} ${version}`;
}

/** How many clients an exposure in basis points reaches. */
export function exposedAmong(ids: readonly string[], salt: string, basisPoints: number): number {
  return ids.filter((id) => bucketOf(salt, id) < basisPoints).length;
}
