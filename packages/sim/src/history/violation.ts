/** Something that must never be, and was. */
export interface Violation {
  /** What the checker that saw it guards. */
  readonly guards: string;
  readonly what: string;
  /** When it was seen: days since the history began. */
  readonly day: number;
}
