/** One line of an incident's timeline. */
export interface IncidentMoment {
  /** RFC 3339. */
  readonly at: string;
  /** Number of the event in the log. */
  readonly seq: number;
  readonly what:
    | "requested"
    | "approved"
    | "rejected"
    | "approval-voided"
    | "overridden"
    | "started"
    | "exposure-asked"
    | "exposure-served"
    | "wave-begun"
    | "ration-granted"
    | "group-halted"
    | "paused"
    | "resumed"
    | "completed"
    | "harm-measured"
    | "withdrawn"
    | "issue-opened"
    | "rollback-requested"
    | "rollback-approved"
    | "rollback-rejected"
    | "rollback-approval-voided"
    | "rollback-request-lapsed"
    | "rolled-back"
    | "way-back-served"
    | "issue-resolved";
  /** One sentence for a person. */
  readonly text: string;
  readonly by: string;
}
