/** The clients of a stage, as far as they matter to what its stop test can see. */
export interface Audience {
  /** How many clients the stage has. */
  readonly clients: number;
  /** How often each asks for updates, in ms. */
  readonly pollMs: number;
  /** The median time from an install to its report, in ms. */
  readonly reportMs: number;
  /** The share of them that never reports anything (fraction). */
  readonly silent: number;
}
