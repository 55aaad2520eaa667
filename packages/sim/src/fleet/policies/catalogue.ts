import { defaultPlan, soakOf } from "@sluice/core/rollout/evidence/plan.ts";
import type { PolicyKind } from "../policy.ts";
import { evidencePolicy } from "./evidence.ts";
import { evidenceByShare } from "./evidence-by-share.ts";
import { atOnce, canary, linear, rings, staged } from "./timed.ts";

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
  evidenceByShare("evidence-share-soak-8h", { ...defaultPlan, soak: soakOf(8 * hour) }, 6.6 * hour),
];

/** A policy beside which a pipeline is put, and what it does, in words. */
export interface Comparison {
  readonly policy: PolicyKind;
  readonly does: string;
}

/** The policies that a pipeline is compared with: how people release today, and the evidence. */
export const comparisons: readonly Comparison[] = [
  { policy: atOnce, does: "everybody at once, after an approval" },
  { policy: linear, does: "10% a minute, back at more than 5% for 2 minutes" },
  { policy: canary, does: "5% for 30 minutes, then 25, 50, 75, 100% every 15" },
  { policy: staged, does: "5% for 24 h, 25% for 48 h, 75% for 24 h, all" },
  { policy: rings, does: "0.5% for 24 h, 10% for 72 h, all" },
  { policy: evidencePolicy("evidence", { ...defaultPlan, soak: null }), does: "as many as the evidence pays for" },
  {
    policy: evidencePolicy("evidence-soak-8h", { ...defaultPlan, soak: soakOf(8 * hour) }),
    does: "the same, with a soak of 8 h",
  },
];
