import type { PlanDigest } from "@sluice/core/application/events/promotion.ts";
import { shortDigest } from "../output/text.ts";

/** By which plans somebody answered, each with the beginning of its digest: goes on with a sentence; empty where there was none. */
export function byPlans(plans: readonly PlanDigest[] = []): string {
  if (plans.length === 0) return "";
  return `, by ${plans.map(({ target, sha256 }) => `the plan of ${target} (${shortDigest(sha256)})`).join(", ")}`;
}
