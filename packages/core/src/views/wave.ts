import type { Promotion } from "../application/state.ts";
import { currentWave } from "../rollout/reach.ts";

/** The wave of a stage that has begun to get a release: its number, from 1, of how many, and its name. */
export interface WaveView {
  readonly number: number;
  readonly of: number;
  readonly name: string;
}

/** The last wave of a promotion that began; nothing where its stage is one. */
export function waveView(promotion: Promotion | undefined): { readonly wave?: WaveView } {
  if (promotion === undefined || promotion.status === "waiting" || promotion.exposure === undefined) return {};
  const { waves = [], exposure } = promotion;
  const current = currentWave({ waves, exposure });
  return current === undefined ? {} : { wave: { number: current.number, of: waves.length, name: current.wave.name } };
}

/** `wave eu (2 of 3)`. */
export function waveText({ number, of, name }: WaveView): string {
  return `wave ${name} (${number} of ${of})`;
}
