/** How a client stands to one release. */
export type ClientStanding =
  /** It has it. */
  | "has-it"
  /** It has it, and must leave it: it was rolled back or withdrawn. */
  | "leaves-it"
  /** Its next check is answered with it. */
  | "gets-it"
  /** It has a newer one, and keeps it. */
  | "past-it"
  | "does-not-get-it";
