/**
 * Gathers what arrives while `flush` is busy into its next call, so that many small requests cost one transaction.
 * @returns a function that resolves when the call that carried its items has; it fails as that call fails.
 */
export function gather<T>(flush: (items: readonly T[]) => Promise<void>): (items: readonly T[]) => Promise<void> {
  let waiting: T[] = [];
  let next: Promise<void> | undefined;
  let busy: Promise<unknown> = Promise.resolve();
  return (items) => {
    waiting.push(...items);
    next ??= busy.then(() => {
      const batch = waiting;
      waiting = [];
      next = undefined;
      const done = flush(batch);
      busy = done.catch(() => {});
      return done;
    });
    return next;
  };
}
