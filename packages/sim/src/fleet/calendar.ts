/**
 * What is to happen at which tick, for events that lie at most a fixed number of ticks ahead: a ring of lists. Adding and taking cost the
 * same however much is waiting.
 */
export class Calendar {
  readonly #first: Int32Array;
  readonly #next: Int32Array;
  readonly #mask: number;

  /** `ids` events, 0 to ids − 1, each waiting at most once; none further ahead than `ticksAhead`. */
  constructor(ids: number, ticksAhead: number) {
    const size = 2 ** Math.ceil(Math.log2(ticksAhead + 2));
    this.#mask = size - 1;
    this.#first = new Int32Array(size).fill(-1);
    this.#next = new Int32Array(ids);
  }

  add(id: number, tick: number): void {
    const slot = tick & this.#mask;
    this.#next[id] = this.#first[slot] ?? -1;
    this.#first[slot] = id;
  }

  /** Hands over everything of one tick. Every tick is to be taken, in order. */
  take(tick: number, visit: (id: number) => void): void {
    const slot = tick & this.#mask;
    let id = this.#first[slot] ?? -1;
    this.#first[slot] = -1;
    while (id >= 0) {
      const following = this.#next[id] ?? -1;
      visit(id);
      id = following;
    }
  }

  clear(): void {
    this.#first.fill(-1);
  }
}
