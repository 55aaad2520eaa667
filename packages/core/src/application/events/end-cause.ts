/** Why a release left a stage, or never got into it. */
export type EndCause =
  | "analysis"
  | "gate"
  | "withdrawn"
  | "manual"
  | "aborted"
  | "rolled-back-before"
  | "target"
  | "pipeline-changed"
  | "halted"
  | "recalled"
  | "undecided";
