import type { Promotion } from "../state.ts";

/** How long a release was well before it was let in stays what it was, whatever is measured afterwards. */
export function stopSoak(promotion: Promotion, at: number): Promotion {
  const { soak } = promotion;
  return soak?.since === undefined ? promotion : { ...promotion, soak: { ranMs: soak.ranMs + at - soak.since } };
}
