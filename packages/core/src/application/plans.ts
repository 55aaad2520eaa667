import { sha256Hex } from "../log/digest.ts";
import type { PlanDigest } from "./events/promotion.ts";
import type { Promotion } from "./state.ts";

/** What the targets of a promotion's stage said last that they would change, by digest. */
export function plansOf({ plans = [] }: Promotion): PlanDigest[] {
  return plans.map(({ target, text }) => ({ target, sha256: sha256Hex(text) }));
}
