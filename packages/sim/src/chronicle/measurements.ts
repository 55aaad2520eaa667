import { type MeasuredAnalysis, measuredAnalyses } from "@sluice/core/analysis/measured.ts";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import { fromRfc3339 } from "@sluice/core/time/instant.ts";
import type { Chronicle } from "./chronicle.ts";
import type { ToldPromotion } from "./told.ts";

/** What the log tells of one analysis of one promotion. Moments in ms since the epoch. */
interface Course {
  lastAt: number;
  /** Since when it has come out as it does now. */
  sameSince: number;
  last: string;
  /** The last that was no error. */
  said: string | undefined;
  saidAt: number;
  /** When the passes began since the exposure rose. */
  passes: number[];
  failures: number;
  errorsInRow: number;
  inconclusive: number;
  /** The first failure since the last pass. */
  failingSince: number | undefined;
}

/** How long a pass counts, in intervals; and that what is verified may be looked at ever less often. */
const freshIntervals = 5;
const steadyShare = 1 / 12;

/** What the measurements in the log come to, counted anew. */
export class ToldMeasurements {
  readonly #courses = new Map<string, Map<string, Course>>();

  /** Hears an event before the chronicle does. @returns what is wrong with it */
  hear(told: Chronicle, event: SealedEvent): string | undefined {
    const { type, data } = event;
    const id = String(data.id);
    switch (type) {
      case "MeasurementTaken":
        return this.#hasty(told, event) ?? this.#take(told, data, fromRfc3339(String(data.at)));
      case "ExposureRaised":
      case "WaveBegun":
        for (const course of this.#courses.get(id)?.values() ?? []) course.passes = [];
        return undefined;
      case "PromotionCompleted":
        this.#courses.delete(told.stage(String(data.stage)).livePromotion ?? "");
        if (data.verify === undefined) this.#courses.delete(id);
        return undefined;
      case "PromotionVerified":
        if (data.window === data.of) this.#courses.delete(id);
        return undefined;
      case "PromotionResumed":
      case "PromotionRolledBack":
        this.#courses.delete(id);
        return undefined;
      default:
        return undefined;
    }
  }

  /** The first measurement waits for its delay. One that a clock dates later than the log is put down at the log's time. */
  #hasty(told: Chronicle, { data, at }: SealedEvent): string | undefined {
    const [id, name] = [String(data.id), String(data.analysis)];
    const promotion = told.promotions.get(id);
    if (promotion === undefined || promotion.otherPipeline || this.#courses.get(id)?.has(name) || data.at === at)
      return undefined;
    const delay = analysesOf(told, promotion).find((one) => one.name === name)?.config["initial-delay"] ?? 0;
    const early = promotion.startedAt + delay - fromRfc3339(String(data.at));
    return early > 0 ? `${name} measured ${early} ms before its delay was over` : undefined;
  }

  #take(told: Chronicle, data: SealedEvent["data"], at: number): string | undefined {
    const [id, name, verdict] = [String(data.id), String(data.analysis), String(data.verdict)];
    const promotion = told.promotions.get(id);
    const analysis = promotion && analysesOf(told, promotion).find((one) => one.name === name);
    if (promotion === undefined || analysis === undefined) return `${name} is no analysis of ${id}`;
    const { config } = analysis;
    if (promotion.way !== "active" && promotion.way !== "complete") return `${id} is measured while ${promotion.way}`;
    const course = this.#courses.get(id)?.get(name) ?? emptyCourse(at, verdict);
    this.#courses.set(id, (this.#courses.get(id) ?? new Map()).set(name, course));
    if (course.last !== verdict) course.sameSince = at;
    Object.assign(course, { last: verdict, lastAt: at, errorsInRow: verdict === "error" ? course.errorsInRow + 1 : 0 });
    if (verdict !== "error") Object.assign(course, { said: verdict, saidAt: at });
    if (verdict === "inconclusive") course.inconclusive++;
    if (verdict === "pass") {
      // Who was asked before could not know how it goes with so many.
      if (at < (promotion.raisedAt ?? 0)) return `${name} of ${id} passed before its exposure rose, and counts after`;
      course.failingSince = undefined;
      course.passes.push(at);
    }
    if (verdict !== "fail") return data.failure === true ? `a ${verdict} counts as a failure` : undefined;
    course.failingSince ??= at;
    const counts = at - course.failingSince >= config.for && course.failures <= config.failures;
    if (counts) course.failures++;
    return counts === data.failure
      ? undefined
      : `${name} has failed for ${at - course.failingSince} of ${config.for} ms, and it ${data.failure === true ? "counts" : "does not count"}`;
  }

  /** The analyses of a promotion that measure. */
  names(told: Chronicle, promotion: ToldPromotion): string[] {
    return analysesOf(told, promotion).map(({ name }) => name);
  }

  /** The analyses of a promotion that have failed more often than is borne, by the pipeline in force. */
  failed(told: Chronicle, promotion: ToldPromotion): string[] {
    return this.#of(told, promotion)
      .filter(({ config, course }) => course !== undefined && course.failures > config.failures)
      .map(({ name }) => name);
  }

  /** The analyses that cannot be measured, so often that a person has to look. */
  unclear(told: Chronicle, promotion: ToldPromotion): string[] {
    return this.#of(told, promotion)
      .filter(({ config, course }) => {
        if (course === undefined || config["on-inconclusive"] !== "pause") return false;
        const many =
          course.said === "inconclusive" && course.inconclusive > (config.inconclusive ?? Number.POSITIVE_INFINITY);
        return many || course.errorsInRow > config["consecutive-errors"];
      })
      .map(({ name }) => name);
  }

  /** Why an exposure may not rise, nor a release be called verified, at a moment; undefined: it may. */
  lacking(told: Chronicle, promotion: ToldPromotion, at: number): string | undefined {
    const rising = promotion.way === "active";
    for (const { name, config, course } of this.#of(told, promotion)) {
      if (course?.said !== "pass") return `${name} said ${course?.said ?? "nothing"}`;
      if (course.failures > config.failures) return `${name} failed ${course.failures} times`;
      if (course.errorsInRow > config["consecutive-errors"]) return `${name} did not work ${course.errorsInRow} times`;
      const steady = rising ? 0 : (course.saidAt - course.sameSince) * steadyShare;
      const counts = Math.max(freshIntervals * config.interval, steady) + config.timeout;
      if (at - course.saidAt > counts + 1) return `${name} passed last ${at - course.saidAt} ms ago`;
      const passes = course.passes.filter((passed) => passed >= (promotion.raisedAt ?? 0)).length;
      if (rising && passes < config.count) return `${name} passed ${passes} of ${config.count} times`;
    }
    return undefined;
  }

  #of(told: Chronicle, promotion: ToldPromotion) {
    const courses = this.#courses.get(promotion.id);
    return analysesOf(told, promotion).map(({ name, config }) => ({ name, config, course: courses?.get(name) }));
  }
}

function analysesOf(told: Chronicle, { stage }: ToldPromotion): MeasuredAnalysis[] {
  const spec = told.spec(stage);
  return spec === undefined ? [] : measuredAnalyses(spec);
}

function emptyCourse(at: number, last: string): Course {
  return {
    lastAt: at,
    sameSince: at,
    last,
    said: undefined,
    saidAt: at,
    passes: [],
    failures: 0,
    errorsInRow: 0,
    inconclusive: 0,
    failingSince: undefined,
  };
}
