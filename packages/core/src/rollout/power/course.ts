const day = 86_400_000;
/** A course that is longer than this is not worth following. */
export const longestMs = 90 * day;
/** Steps are so much shorter than a report takes, and grow with the time that has passed. */
export const stepsInReport = 8;
export const stepsInAll = 400;
/** Of the clients' failures: a good release keeps well below its limit. */
export const goodShare = 0.5;
/** The ration waits for the slower ones of a few clients: so much longer than the median. */
export const slower = 1.2;
export const enough = 0.99;

/** How many clients were offered the release by when. */
export class Course {
  readonly #at: number[] = [0];
  readonly #offered: number[] = [0];

  /** Moments rise. */
  add(at: number, offered: number): void {
    this.#at.push(at);
    this.#offered.push(offered);
  }

  by(moment: number): number {
    let from = 0;
    let to = this.#at.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#at[middle] ?? 0) <= moment) from = middle + 1;
      else to = middle;
    }
    return this.#offered[from - 1] ?? 0;
  }
}
