import { meaningOf } from "../chronicle/answers.ts";
import type { CheckerKind } from "./checker.ts";

/** The log tells of a release what its monitor answered about it: about this release, within or outside of the limits as anybody reads them. */
export const measuredAsAnswered: CheckerKind = {
  guards: "a measurement says what the monitor answered about that release, judged anew",
  create() {
    let seenEvents = 0;
    let seenAnswers = 0;
    /** What could be recorded: stage, version, analysis and finding. */
    const answered = new Set<string>();
    return (world) => {
      const { noted } = world.monitor;
      for (const one of noted.slice(seenAnswers)) {
        const { measured, asked, finding, analysis } = one;
        const { version, stage } = measured;
        if (asked !== version) return `${analysis.name} of ${version} asked about ${asked === "" ? "nothing" : asked}`;
        const meaning = meaningOf(one);
        if (meaning !== finding.verdict)
          return `${analysis.name} takes ${JSON.stringify(one.raw)} after ${one.tookMs} ms for "${finding.verdict}", and it means "${meaning}"`;
        answered.add(JSON.stringify([stage, version, analysis.name, finding.verdict, finding.reason]));
      }
      seenAnswers = noted.length;
      const log = world.log();
      for (const { type, seq, data } of log.slice(seenEvents)) {
        if (type !== "MeasurementTaken") continue;
        const { stage, version, analysis, verdict, reason } = data;
        if (!answered.has(JSON.stringify([stage, version, analysis, verdict, reason])))
          return `event ${seq}: ${analysis} says "${verdict}" of ${version} in ${stage}, which nobody answered: ${reason}`;
      }
      seenEvents = log.length;
      return undefined;
    };
  },
};
