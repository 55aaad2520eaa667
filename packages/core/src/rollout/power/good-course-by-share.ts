import { decideAdmission } from "../evidence/decide-admission.ts";
import type { EvidencePlan } from "../evidence/plan.ts";
import { planByShare } from "../evidence/plan-of.ts";
import type { Audience } from "./audience.ts";
import { Course, enough, goodShare, longestMs, slower, stepsInAll, stepsInReport } from "./course.ts";

/** Clients spread their checks by a tenth: so many times the time between two of them until everybody has read a share. */
const spread = 1.1;
/** At so many moments of the last time between two checks it is looked how many were under the share. */
const looks = 32;

/**
 * The same where clients read files and are let in by a published share: they count from its publication on, and begin evenly over the time between two
 * checks. In ms; null when it would be handed to a person, or takes longer than 90 days.
 */
export function goodCourseByShareMs(
  given: EvidencePlan,
  { clients, pollMs, reportMs, silent }: Audience,
): number | null {
  const plan = planByShare(given, spread * pollMs);
  const fails = goodShare * plan.limits.failure;
  const under = new Course();
  const began = new Course();
  for (let now = 0, share = 0; now < longestMs; ) {
    began.add(now, beganBy(now, under, pollMs));
    if (began.by(now) >= enough * clients) return now;
    const decision = decideAdmission({
      plan,
      fleet: clients,
      counts: expected(now, plan, { given, under, began, reportAfter: slower * reportMs, silent, fails }),
      groups: [],
      haltedGroups: 0,
      sinceHaltMs: null,
      elapsedMs: now,
    });
    // A fleet that is too small to prove anything: all have it, and a person is asked only where that is not enough.
    if (decision.verdict !== "continue" && share < clients) return null;
    share = Math.min(clients, share + (decision.verdict === "continue" ? decision.room : 0));
    under.add(now, share);
    now += Math.max(reportMs / stepsInReport, now / stepsInAll);
  }
  return null;
}

function beganBy(now: number, under: Course, pollMs: number): number {
  let sum = 0;
  for (let look = 0; look < looks; look++) sum += under.by(now - ((look + 0.5) / looks) * pollMs);
  return sum / looks;
}

interface Moment {
  /** The plan with its times as clients have them that began. */
  readonly given: EvidencePlan;
  readonly under: Course;
  readonly began: Course;
  readonly reportAfter: number;
  readonly silent: number;
  readonly fails: number;
}

function expected(now: number, plan: EvidencePlan, { given, under, began, reportAfter, silent, fails }: Moment) {
  const installed = under.by(now);
  const due = under.by(now - plan.reportDeadlineMs);
  const settled = (1 - silent) * began.by(now - reportAfter);
  const soaked = given.soak === null ? 0 : (1 - silent) * began.by(now - given.soak.ms);
  const silentSoaked = plan.soak === null ? 0 : silent * under.by(now - plan.soak.ms);
  return {
    installed,
    failed: fails * settled,
    inFlight: Math.max(0, installed - settled - silent * due),
    settled,
    settledFailed: fails * settled,
    due,
    missing: silent * due,
    unsoaked: plan.soak === null ? 0 : Math.max(0, (1 - fails) * (installed - soaked - silentSoaked)),
    soaked,
    soakedFailed: fails * soaked,
    ages: plan.crashAgesMs.map((age) => ({ clients: began.by(now - age), crashes: 0 })),
  };
}
