import { z } from "zod";
import { countsOf } from "../analysis/measurement.ts";
import type { GateKind } from "./gate.ts";

const schema = z
  .int()
  .min(1)
  .max(10_000_000)
  .describe("How many clients of the stage before have confirmed that they are well with the release");

/**
 * Enough clients of the stage before have confirmed their health on the release for its time there to mean anything. Clients
 * that were harmed do not count: whether they prove harm is the stop test's business.
 */
export const minClients: GateKind<typeof schema> = {
  schema,
  evaluate(least, { release, previous, measurements }) {
    if (previous === undefined)
      return {
        verdict: "fail",
        reason: "there is no stage before this one whose clients could report",
        evidence: { least },
        who: "whoever changes the pipeline",
      };
    if (measurements === undefined)
      return { verdict: "wait", reason: "the clients' reports have not been counted", evidence: { least } };
    const { healthy, failed, reached } = countsOf(measurements, previous.name, release.version);
    const evidence = { least, stage: previous.name, reached, healthy, failed };
    const seen = `${healthy} of at least ${least} clients of ${previous.name} confirmed healthy`;
    return healthy >= least
      ? { verdict: "pass", reason: seen, evidence }
      : { verdict: "wait", reason: seen, evidence, who: `the clients of ${previous.name}, by updating and reporting` };
  },
};
