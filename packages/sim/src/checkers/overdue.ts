import type { World } from "../world/world.ts";

/** Notes since when each thing is not as it should be, and says so when that lasts too long. */
export class Overdue {
  readonly #since = new Map<string, { readonly at: number; readonly events: number }>();
  readonly #needsTurn: boolean;

  /** @param options.needsTurn servers may wait until something is stored, which makes them look at everything, before they begin */
  constructor({ needsTurn }: { readonly needsTurn: boolean }) {
    this.#needsTurn = needsTurn;
  }

  /**
   * @param wrong what is not as it should be now, and for how long it may be, in ms
   * @returns what has been so for too long
   */
  look(world: World, wrong: ReadonlyMap<string, number>): string | undefined {
    const now = world.clock.now();
    for (const known of this.#since.keys()) if (!wrong.has(known)) this.#since.delete(known);
    for (const [what, mostMs] of wrong) {
      const since = this.#since.get(what) ?? { at: now, events: world.appendedAt.length };
      this.#since.set(what, since);
      const from = this.#needsTurn ? (world.appendedAt[since.events] ?? now) : since.at;
      if (now - from > mostMs) return `for ${Math.round((now - since.at) / 3_600_000)} hours ${what}`;
    }
    return undefined;
  }
}
