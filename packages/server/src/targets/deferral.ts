import type { Evidence } from "@sluice/core/gates/gate.ts";

/** A target has done its part, and what it asked for takes its time: a person, or another system. It is no failure, however long it takes. */
export class TargetDeferral extends Error {
  /** When to look again, in ms from now. */
  readonly againMs: number;
  /** What was done and is waited for, for the log: never a secret. */
  readonly evidence: Evidence;

  /** @param reason what it waits for, for a person: the same as long as it is the same */
  constructor(reason: string, { againMs, evidence = {} }: { againMs: number; evidence?: Evidence }) {
    super(reason);
    this.name = "TargetDeferral";
    this.againMs = againMs;
    this.evidence = evidence;
  }
}
