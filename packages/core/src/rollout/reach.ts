import { fullExposure } from "./bucket.ts";
import type { Wave } from "./waves/schema.ts";

/** How far a rollout has got, and the waves that it goes through. */
export interface Rolling {
  readonly waves?: readonly Wave[];
  readonly exposure: { readonly basisPoints: number; readonly wave?: number };
}

/** Whether a release is everybody's: the last wave has it, and all of that. */
export function isForEverybody({ waves, exposure }: Rolling): boolean {
  return exposure.basisPoints >= fullExposure && (exposure.wave ?? 0) >= (waves?.length ?? 0);
}

/** The wave that has begun, from 1, or undefined where the stage is one. */
export function currentWave({
  waves,
  exposure,
}: Rolling): { readonly number: number; readonly wave: Wave } | undefined {
  const number = exposure.wave ?? 0;
  const wave = waves?.[number - 1];
  return wave === undefined ? undefined : { number, wave };
}
