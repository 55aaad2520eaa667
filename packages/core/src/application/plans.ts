import { sha256Hex } from "../log/digest.ts";
import type { PlanDigest } from "./events/promotion.ts";

/** A promotion, as far as its plans go. */
interface Planned {
  readonly plans?: readonly { readonly target: string; readonly text: string }[];
}

/** What the targets of a promotion's stage said last that they would change, by digest. */
export function plansOf({ plans = [] }: Planned): PlanDigest[] {
  return plans.map(({ target, text }) => ({ target, sha256: sha256Hex(text) }));
}
