import { defaultPlan, soakOf } from "@sluice/core/rollout/evidence/plan.ts";
import type { PolicyKind } from "../policy.ts";
import { evidencePolicy } from "./evidence.ts";
import { canary, linear, rings, staged } from "./timed.ts";

const hour = 3_600_000;

/** Every policy that can be compared, the seeds' first. */
export const policies: readonly PolicyKind[] = [
  staged,
  canary,
  linear,
  rings,
  evidencePolicy("evidence", { ...defaultPlan, soak: null }),
  evidencePolicy("evidence-soak-8h", { ...defaultPlan, soak: soakOf(8 * hour) }),
  evidencePolicy("evidence-soak-24h", { ...defaultPlan, soak: soakOf(24 * hour) }),
];
