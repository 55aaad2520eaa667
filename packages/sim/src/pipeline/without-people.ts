import type { Pipeline } from "@sluice/core/pipeline/schema.ts";
import { admissionBy } from "@sluice/core/rollout/admission-by.ts";

/** The gates and analyses that time and clients decide. Everything else waits for people or for the world outside. */
const gates = new Set(["soak", "no-issues", "window", "min-clients", "tested-in"]);
const analyses = new Set(["clients", "issues"]);

/** A pipeline as it can be rehearsed on one machine, and what of the file had to be taken as given. */
export interface RehearsedPipeline {
  readonly pipeline: Pipeline;
  /** For each stage, such as `stable: approval`. */
  readonly takenAsGiven: readonly string[];
}

/**
 * Leaves out what needs a person, a monitor or a target: it is taken to agree at once. Waves wait for each other as the
 * file says, but where exposure is paid for with evidence, which counts the clients of each by themselves: simulated clients belong to none.
 */
export function withoutPeople(pipeline: Pipeline): RehearsedPipeline {
  const takenAsGiven: string[] = [];
  const keep = (stage: string, entry: object, known: ReadonlySet<string>) => {
    const [name = "?"] = Object.keys(entry);
    if (known.has(name)) return true;
    takenAsGiven.push(`${stage}: ${name}`);
    return false;
  };
  const stages = pipeline.stages.map(({ rollout: { waves, evidence, ...rollout }, ...stage }) => {
    const paid = evidence !== undefined;
    // How clients are let in follows from the targets, of which only the channel stays.
    const admission = admissionBy({ rollout: { ...rollout, ...(paid ? { evidence } : {}) }, targets: stage.targets });
    if (waves !== undefined && paid) takenAsGiven.push(`${stage.name}: waves`);
    const kept = waves?.map(({ barrier, ...wave }) => {
      if (barrier === undefined) return wave;
      const { approval, ...known } = barrier;
      if (approval !== undefined && !paid) takenAsGiven.push(`${stage.name}: approval after wave ${wave.name}`);
      return { ...wave, barrier: known };
    });
    return {
      ...stage,
      rollout: {
        ...rollout,
        ...(paid ? { evidence: { ...evidence, admission } } : {}),
        ...(kept === undefined || paid ? {} : { waves: kept }),
      },
      gates: stage.gates.filter((gate) => keep(stage.name, gate, gates)),
      analysis: stage.analysis.filter((analysis) => keep(stage.name, analysis, analyses)),
      targets: [{ channel: {} }],
    };
  });
  return { pipeline: { ...pipeline, stages }, takenAsGiven };
}
