import type { Choices } from "../choices/choices.ts";
import type { Offered } from "../events.ts";
import { timestamp } from "../ports/clock.ts";
import { type MaintenanceWindow, windowState } from "./window.ts";

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
  /**
   * `untilMs`: when it is worth asking again, ms since the epoch; `closesMs`: when that chance is over, where it is a window;
   * `exactly`: that moment was chosen for this machine alone, so there is no crowd to be spread.
   */
  | {
      readonly given: false;
      readonly why: string;
      readonly untilMs?: number;
      readonly closesMs?: number;
      readonly exactly?: boolean;
    };

/**
 * Whether an offer may be installed now without asking anybody. In this order: a rollback is, since the version that runs is
 * known to do harm; a mandatory update whose deadline has passed is; then counts what people said of it, then the
 * configuration. A mandatory update needs no `autoInstall` and cannot be skipped, but waits for its window.
 * @param now ms since the epoch
 */
export function consentTo(offer: Offered, policy: Policy, choices: Choices, now: number): Consent {
  if (offer.kind === "rollback")
    return policy.automaticRollback
      ? { given: true }
      : { given: false, why: "automatic rollback is off: run `sluice agent update` to go back" };
  const deadline = deadlineOf(offer, choices);
  if (deadline !== undefined && deadline <= now) return { given: true };
  return before(deadline, chosen(offer, choices, now) ?? configured(offer, policy, now));
}

/** When a mandatory update may wait no longer, ms since the epoch. */
function deadlineOf({ deadline }: Offered, { seen }: Choices): number | undefined {
  return deadline === undefined || seen?.version !== deadline.of ? undefined : seen.atMs + deadline.withinMs;
}

function chosen({ version, mandatory }: Offered, choices: Choices, now: number): Consent | undefined {
  const { scheduled, skipped, deferredUntilMs } = choices;
  if (scheduled?.version === version)
    return scheduled.atMs <= now
      ? { given: true }
      : {
          given: false,
          why: `it was scheduled for ${timestamp(scheduled.atMs)}`,
          untilMs: scheduled.atMs,
          exactly: true,
        };
  if (skipped === version && !mandatory)
    return { given: false, why: "it was skipped: run `sluice agent update` to install it all the same" };
  if (deferredUntilMs !== undefined && deferredUntilMs > now)
    return {
      given: false,
      why: `it was deferred until ${timestamp(deferredUntilMs)}`,
      untilMs: deferredUntilMs,
      exactly: true,
    };
  return undefined;
}

function configured({ mandatory }: Offered, policy: Policy, now: number): Consent {
  if (!policy.autoInstall && !mandatory)
    return { given: false, why: "automatic installation is off: run `sluice agent update` to install it" };
  if (policy.window === undefined) return { given: true };
  const { open, changesAt } = windowState(policy.window, now);
  if (open) return { given: true };
  const closesMs = windowState(policy.window, changesAt).changesAt;
  return { given: false, why: `the maintenance window opens at ${timestamp(changesAt)}`, untilMs: changesAt, closesMs };
}

/** The same, where a deadline lies before what is waited for. */
function before(deadline: number | undefined, consent: Consent): Consent {
  if (deadline === undefined || consent.given) return consent;
  const why = `${consent.why}; being mandatory, it is installed at ${timestamp(deadline)} at the latest`;
  if (consent.untilMs !== undefined && consent.untilMs <= deadline) return { ...consent, why };
  return { given: false, why, untilMs: deadline, exactly: true };
}
