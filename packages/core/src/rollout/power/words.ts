import { formatDuration } from "../../time/duration.ts";
import { historyLeast } from "../evidence/history.ts";
import type { Detection, Power } from "./power.ts";

/** Stopped less often than this, a failure rate cannot be told from the limit. */
const hardly = 0.5;

/** What a plan can and cannot see, in plain words: a sentence each. */
export function powerInWords(power: Power): string[] {
  const { stage, clients, limit, detections, surelyCaught } = power;
  const many = `${grouped(clients)} ${clients === 1 ? "client" : "clients"}`;
  const good = goodRelease(power, many);
  if (detections.length === 0)
    return [`${stage}: the stop test is switched off, so no failure rate stops a release by itself.`, good];
  const sentences: string[] = [];
  const caught = detections.find(({ rate }) => rate === surelyCaught);
  const test = power.byEvidence ? "the evidence" : "the stop test";
  sentences.push(
    caught === undefined
      ? `${stage}: with ${many} ${test} reliably catches no failure rate: too few clients to prove anything.`
      : `${stage}: with ${many} ${test} catches a release that fails on ${percent(caught.rate)}${caught.rate < 1 ? " or more" : ""}, ${after(caught)}.`,
  );
  const missed = detections.findLast(
    ({ rate, chance }) => chance < hardly && rate < (surelyCaught ?? Number.POSITIVE_INFINITY),
  );
  if (missed !== undefined)
    sentences.push(
      `One that fails on ${percent(missed.rate)} is stopped in ${times(missed.chance)}: ${many} cannot tell ${percent(missed.rate)} from the ${percent(limit)} that is allowed.`,
    );
  if (power.compares !== null)
    sentences.push(
      `The ${percent(limit)} holds until ${historyLeast} clients have told what is normal: then ${power.compares === "control" ? "what those show that take the release before on in the same time" : "what the release before has shown"}.`,
    );
  sentences.push(good);
  return sentences;
}

function goodRelease({ goodReleaseMs, decideWithinMs, approvals }: Power, many: string): string {
  const besides = approvals ? ", beside the time that approvals between the waves take" : "";
  if (goodReleaseMs !== null)
    return `A good release reaches 99% of ${many} about ${formatDuration(roundedMs(goodReleaseMs))} after it started${besides}.`;
  return decideWithinMs === null
    ? `A good release does not reach 99% of ${many} in 90 days.`
    : `A good release is not decided within ${formatDuration(decideWithinMs)}: then a person has to.`;
}

function after({ chance, clients }: Detection): string {
  const often = chance >= 0.995 ? "practically always" : `in ${times(chance)}`;
  return `${often}, after about ${grouped(clients ?? 0)} ${clients === 1 ? "client" : "clients"}`;
}

/** A chance as people say it. */
function times(chance: number): string {
  return `${Math.round(chance * 100)} of 100 cases`;
}

function percent(rate: number): string {
  return `${Number((rate * 100).toPrecision(3))}%`;
}

/** A number with commas, the same on every machine. */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** To the minute where it is hours: nobody waits by the second. */
function roundedMs(ms: number): number {
  const unit = ms > 3_600_000 ? 60_000 : 1_000;
  return Math.round(ms / unit) * unit;
}
