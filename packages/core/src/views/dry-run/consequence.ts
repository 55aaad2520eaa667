import type { ApplicationFact } from "../../application/events.ts";

/** One thing that would happen to a promotion at once. */
export interface Consequence {
  readonly what:
    | "requested"
    | "started"
    | "exposed"
    | "wave-begun"
    | "completed"
    | "paused"
    | "rolled-back"
    | "aborted"
    | "superseded";
  /** Where the exposure goes, in basis points. */
  readonly basisPoints?: number;
  readonly reason?: string;
  /** Where a rollback goes; null: there is nothing to go back to. */
  readonly to?: string | null;
}

/** What a fact does to a promotion; undefined when it is about something else. */
export function consequenceOf(fact: ApplicationFact, promotion: string): Consequence | undefined {
  if (!("id" in fact.data) || fact.data.id !== promotion) return undefined;
  switch (fact.type) {
    case "PromotionRequested":
      return { what: "requested" };
    case "PromotionStarted":
      return { what: "started" };
    case "ExposureRaised":
      return { what: "exposed", basisPoints: fact.data.to };
    case "WaveBegun":
      return { what: "wave-begun", basisPoints: fact.data.to, reason: fact.data.name };
    case "PromotionCompleted":
      return { what: "completed" };
    case "PromotionPaused":
      return { what: "paused", reason: fact.data.reason };
    case "PromotionRolledBack":
      return { what: "rolled-back", reason: fact.data.reason, to: fact.data.to };
    case "PromotionAborted":
      return { what: "aborted", reason: fact.data.reason };
    case "PromotionSuperseded":
      return { what: "superseded", reason: `gives way to ${fact.data.by}` };
    default:
      return undefined;
  }
}
