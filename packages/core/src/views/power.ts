import type { Measurements } from "../analysis/measurement.ts";
import type { Pipeline, Stage } from "../pipeline/schema.ts";
import { powerOf } from "../rollout/power/power.ts";
import { grouped, powerInWords } from "../rollout/power/words.ts";
import { formatDuration } from "../time/duration.ts";

/** What a stage's plan can see, said before a release is rolled out in it. Rates are fractions, times ms. */
export interface PowerView {
  readonly stage: string;
  readonly clients: number;
  /** Whether clients have reported there, or the pipeline says how many there are; otherwise their number is assumed. */
  readonly clientsKnown: boolean;
  readonly checkEveryMs: number;
  /** The failure rate above which a release does harm. */
  readonly limit: number;
  /** The lowest failure rate of those tried that is stopped in at least nine cases of ten; null: none. */
  readonly surelyCaught: number | null;
  /** How many clients have it by then in half of the cases; null: none is. */
  readonly afterClients: number | null;
  /** How long a good release takes until 99 % of the clients have it; null: a person has to decide. */
  readonly goodReleaseMs: number | null;
  /** The same for people: a sentence each. */
  readonly says: readonly string[];
  /** What was assumed, as a sentence. */
  readonly assumes: string;
}

const assumedClients = 10_000;
const assumedSilent = 0.03;
const assumedReportMs = 7 * 60_000;
/** A report deadline is longer than most reports take: by so much, at least. */
const deadlineShare = 0.45;

/** The same answer is asked for again and again, by everybody who looks at a status. */
const kept = new Map<string, PowerView>();
const keptMost = 100;

/** What a stage can see; undefined where its releases do not go to clients that say how they are. */
export function stagePower(
  { clients: { "check-every": pollMs } }: Pick<Pipeline, "clients">,
  stage: Stage,
  measurements: Measurements,
): PowerView | undefined {
  if (!stage.targets.some((target) => "channel" in target || "static" in target)) return undefined;
  const known = Math.max(knownClients(measurements, stage.name), stage.rollout.evidence?.fleet ?? 0);
  const key = JSON.stringify([stage.name, stage.rollout, stage.analysis, stage["stop-test"], pollMs, known]);
  const view = kept.get(key) ?? powerView(stage, pollMs, known);
  if (kept.size >= keptMost) kept.clear();
  kept.set(key, view);
  return view;
}

function powerView(stage: Stage, pollMs: number, known: number): PowerView {
  const deadlineMs = stage.rollout.evidence?.["report-deadline"] ?? Number.POSITIVE_INFINITY;
  const clients = known === 0 ? assumedClients : known;
  const reportMs = Math.min(assumedReportMs, deadlineShare * deadlineMs);
  const power = powerOf(stage, { clients, pollMs, reportMs, silent: assumedSilent });
  const { limit, surelyCaught, goodReleaseMs, detections } = power;
  const assumed = [
    ...(known === 0 ? [`${grouped(clients)} clients, for none has reported yet`] : []),
    `a check every ${formatDuration(pollMs)}`,
    `a report ${formatDuration(Math.round(reportMs / 1_000) * 1_000)} after the update`,
    `${assumedSilent * 100}% that never report`,
  ];
  return {
    stage: stage.name,
    clients,
    clientsKnown: known > 0,
    checkEveryMs: pollMs,
    limit,
    surelyCaught,
    afterClients: detections.find(({ rate }) => rate === surelyCaught)?.clients ?? null,
    goodReleaseMs: goodReleaseMs === null ? null : Math.round(goodReleaseMs),
    says: powerInWords(power),
    assumes: `Assumed: ${assumed.join("; ")}.`,
  };
}

/** How many clients a stage has, as far as known: the most that any release has reached there, to two digits. */
function knownClients(measurements: Measurements, stage: string): number {
  const most = Math.max(
    0,
    ...measurements
      .filter((counts) => counts.stage === stage)
      .map(({ reached, rollout }) => Math.max(reached, rollout?.offers.fleet ?? 0)),
  );
  return Number(most.toPrecision(2));
}
