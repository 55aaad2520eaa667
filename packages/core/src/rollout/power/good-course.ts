import { decideAdmission } from "../evidence/decide-admission.ts";
import type { EvidencePlan } from "../evidence/plan.ts";
import type { Audience } from "./audience.ts";
import { Course, enough, goodShare, longestMs, slower, stepsInAll, stepsInReport } from "./course.ts";

const phasesLeast = 24;
const phasesMost = 1_000;

/**
 * How long a good release takes until 99 % of the clients have it, when everything goes as is to be expected: failures come as often
 * as half of the limit allows, reports after their usual time. The production decision is asked on the way, with expected counts; groups are left out. In ms; null
 * when it would be handed to a person, or takes longer than 90 days.
 */
export function goodCourseMs(plan: EvidencePlan, { clients, pollMs, reportMs, silent }: Audience): number | null {
  const course = new Course();
  const polls = new Polls(clients, pollMs, reportMs / stepsInReport);
  const fails = goodShare * plan.limits.failure;
  const target = enough * clients;
  const reportAfter = slower * reportMs;
  for (let now = 0, offered = 0; now < longestMs; ) {
    if (offered >= target) return now;
    const decision = decideAdmission({
      plan,
      fleet: clients,
      counts: expected(course, plan, { now, reportAfter, silent, fails }),
      groups: [],
      haltedGroups: 0,
      sinceHaltMs: null,
      elapsedMs: now,
    });
    if (decision.verdict !== "continue") return null;
    const { ms, taken } = polls.pass(
      Math.max(reportMs / stepsInReport, now / stepsInAll),
      decision.room,
      target - offered,
    );
    now += ms;
    offered += taken;
    course.add(now, offered);
  }
  return null;
}

/** The clients that have not taken the release, by the phases at which they poll. */
class Polls {
  readonly #phaseMs: number;
  readonly #left: Float64Array;
  #phase = 0;

  constructor(clients: number, pollMs: number, finestMs: number) {
    const phases = Math.min(phasesMost, Math.max(phasesLeast, Math.round(pollMs / finestMs)));
    this.#phaseMs = pollMs / phases;
    this.#left = new Float64Array(phases).fill(clients / phases);
  }

  /** Lets clients poll for about `forMs`, but a whole phase, until `room` of them were let in, or `wanted`. */
  pass(forMs: number, room: number, wanted: number): { readonly ms: number; readonly taken: number } {
    const phases = Math.max(1, Math.round(forMs / this.#phaseMs));
    const most = Math.min(room, wanted);
    let taken = 0;
    let passed = 0;
    while (passed < phases) {
      const here = Math.min(this.#left[this.#phase] ?? 0, most - taken);
      this.#left[this.#phase] = (this.#left[this.#phase] ?? 0) - here;
      taken += here;
      passed++;
      this.#phase = (this.#phase + 1) % this.#left.length;
      if (taken >= wanted || (taken >= most && passed >= this.#left.length)) break;
    }
    return { ms: passed * this.#phaseMs, taken };
  }
}

interface Moment {
  readonly now: number;
  readonly reportAfter: number;
  readonly silent: number;
  readonly fails: number;
}

function expected(course: Course, plan: EvidencePlan, { now, reportAfter, silent, fails }: Moment) {
  const reports = 1 - silent;
  const offered = course.by(now);
  const due = course.by(now - plan.reportDeadlineMs);
  const answered = Math.max(due, course.by(now - reportAfter));
  // The known beginning ends at the first client that is silent and not yet due.
  const settled = reports * due + Math.min(reports * (answered - due), silent > 0 ? reports / silent : answered);
  const soaked = plan.soak === null ? 0 : reports * course.by(now - plan.soak.ms);
  return {
    installed: offered,
    failed: fails * reports * answered,
    inFlight: offered - answered + silent * (answered - due),
    settled,
    settledFailed: fails * settled,
    due,
    missing: silent * due,
    unsoaked: plan.soak === null ? 0 : (1 - fails) * (offered - course.by(now - plan.soak.ms)),
    soaked,
    soakedFailed: fails * soaked,
    ages: plan.crashAgesMs.map((age) => ({ clients: course.by(now - age), crashes: 0 })),
  };
}
