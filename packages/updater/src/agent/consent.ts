import type { CheckResult } from "../events.ts";
import { timestamp } from "../ports/clock.ts";
import { type MaintenanceWindow, windowState } from "./window.ts";

export type Offered = Extract<CheckResult, { kind: "update" | "rollback" }>;

/** What the operator has decided beforehand of updates. */
export interface Policy {
  readonly autoInstall: boolean;
  /** Whether this client goes back by itself when the server takes a release back. */
  readonly automaticRollback: boolean;
  /** Absent: at any time. */
  readonly window?: MaintenanceWindow | undefined;
}

export type Consent =
  | { readonly given: true }
  /** `untilMs`: when it is worth asking again, ms since the epoch. */
  | { readonly given: false; readonly why: string; readonly untilMs?: number };

/**
 * Whether an offer may be installed now without asking anybody. A rollback is: the version that runs is known to do harm.
 * @param now ms since the epoch
 */
export function consentTo(offer: Offered, policy: Policy, now: number): Consent {
  if (offer.kind === "rollback")
    return policy.automaticRollback
      ? { given: true }
      : { given: false, why: "automatic rollback is off: run `sluice agent update` to go back" };
  if (!policy.autoInstall)
    return { given: false, why: "automatic installation is off: run `sluice agent update` to install it" };
  if (policy.window === undefined) return { given: true };
  const { open, changesAt } = windowState(policy.window, now);
  return open
    ? { given: true }
    : { given: false, why: `the maintenance window opens at ${timestamp(changesAt)}`, untilMs: changesAt };
}
