/** Something to be done at a moment. Of two at one moment, the one that was asked for first comes first. */
interface Timer {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
  cancelled: boolean;
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** Timers, the earliest first: a binary heap, so that tens of thousands of sleepers cost nothing while they sleep. */
export class Timers {
  readonly #heap: Timer[] = [];
  #order = 0;

  add(at: number, wake: () => void): Timer {
    const timer = { at, order: this.#order++, wake, cancelled: false };
    let i = this.#heap.push(timer) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.#swapIfBefore(i, parent)) break;
      i = parent;
    }
    return timer;
  }

  /** The earliest that was not cancelled; what was is forgotten on the way. */
  first(): Timer | undefined {
    while (this.#heap[0]?.cancelled === true) this.takeFirst();
    return this.#heap[0];
  }

  takeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    let i = 0;
    for (;;) {
      const left = 2 * i + 1;
      const right = left + 1;
      const leftOne = this.#heap[left];
      const rightOne = this.#heap[right];
      if (leftOne === undefined) return;
      const child = rightOne !== undefined && isBefore(rightOne, leftOne) ? right : left;
      if (!this.#swapIfBefore(child, i)) return;
      i = child;
    }
  }

  /** Puts the child above its parent when it comes before it. */
  #swapIfBefore(child: number, parent: number): boolean {
    const below = this.#heap[child];
    const above = this.#heap[parent];
    if (below === undefined || above === undefined || !isBefore(below, above)) return false;
    this.#heap[child] = above;
    this.#heap[parent] = below;
    return true;
  }
}
