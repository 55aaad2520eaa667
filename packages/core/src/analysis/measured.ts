import type { Stage } from "../pipeline/schema.ts";
import type { Measuring } from "./measuring.ts";
import { type Analysis, type MeasuredKind, measuredKinds } from "./schema.ts";

/** An analysis of a stage that something outside has to be asked for. */
export type MeasuredAnalysis = {
  readonly [Kind in MeasuredKind]: {
    /** Unlike any other of its stage. */
    readonly name: string;
    readonly kind: Kind;
    readonly config: NonNullable<Analysis[Kind]> & Measuring;
  };
}[MeasuredKind];

/** The analyses of a stage that measure, in its order. Of several of one name, the second is `name-2`. */
export function measuredAnalyses(stage: Stage): MeasuredAnalysis[] {
  const used = new Map<string, number>();
  const result: MeasuredAnalysis[] = [];
  for (const analysis of stage.analysis)
    for (const kind of measuredKinds) {
      const config = analysis[kind];
      if (config === undefined) continue;
      const name = config.name ?? kind;
      const times = (used.get(name) ?? 0) + 1;
      used.set(name, times);
      // Kind and configuration were read together.
      result.push({ name: times === 1 ? name : `${name}-${times}`, kind, config } as MeasuredAnalysis);
    }
  return result;
}
