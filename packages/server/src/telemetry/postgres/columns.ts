/** Columns of rows, for `unnest`: the number of statements does not grow with the number of rows. */
export function columns<T>(rows: readonly T[], ...pick: ((row: T) => unknown)[]): unknown[][] {
  return pick.map((column) => rows.map(column));
}
