import type { Clock as Timers } from "@sluice/server/clock/clock.ts";
import type { Clock } from "@sluice/updater/ports/clock.ts";

/** The clock that the agent's process reads may be set wrong; how long it sleeps does not depend on that. */
export function clockOf(
  clock: Timers,
  { isAlive, error }: { readonly isAlive: () => boolean; readonly error: () => number },
): Clock {
  return {
    now: () => clock.now() + error(),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const stop = () => {
          cancel();
          reject(signal?.reason);
        };
        const cancel = clock.wakeAt(clock.now() + Math.max(0, ms), () => {
          signal?.removeEventListener("abort", stop);
          if (isAlive()) resolve();
        });
        if (signal?.aborted === true) stop();
        else signal?.addEventListener("abort", stop, { once: true });
      }),
  };
}
