/** For tests: what breaks all connections off after so many more changes, as a kill does. Servers share one. */
export class Cut {
  /** Changes that were made outside so far. */
  changes = 0;
  /** How many more are let through; undefined: all. */
  left: number | undefined;

  /** Whether nobody gets through any more. */
  get isOff(): boolean {
    return this.left === 0;
  }

  /** A change was made. @returns whether anybody is told of it */
  made(): boolean {
    this.changes++;
    if (this.left !== undefined) this.left--;
    return !this.isOff;
  }
}
