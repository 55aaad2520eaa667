import type { ApplicationFact } from "./events.ts";

/** How many of the facts that follow on each other without end are told. */
const shown = 6;

/** A decision that would never end: each of its facts asks for another. */
export class Unsettled extends Error {
  /** The last of them. */
  readonly facts: readonly ApplicationFact[];

  constructor(app: string, facts: readonly ApplicationFact[]) {
    const last = facts.slice(-shown);
    super(`${app} does not come to rest: ${facts.length} facts, at last ${last.map(({ type }) => type).join(", ")}`);
    this.name = "Unsettled";
    this.facts = last;
  }
}
