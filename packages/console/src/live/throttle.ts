/** A function that may be called as often as one likes and works at most once in a while. */
export interface Throttled {
  (): void;
  /** Drops a call that is still to come. */
  cancel(): void;
}

/** Calls `work` at once, then at most every `everyMs`; a call in between is made up for at the end of that time. */
export function throttle(work: () => void, everyMs: number): Throttled {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let missed = false;
  const rest = () => {
    timer = undefined;
    if (missed) run();
  };
  const run = () => {
    missed = false;
    timer = setTimeout(rest, everyMs);
    work();
  };
  const throttled = () => {
    if (timer === undefined) run();
    else missed = true;
  };
  const cancel = () => {
    clearTimeout(timer);
    timer = undefined;
    missed = false;
  };
  return Object.assign(throttled, { cancel });
}
