import { createContext, useContext, useSyncExternalStore } from "react";

/** How far the server's clock is ahead of this machine's, in ms. Countdowns run on the server's. */
export const ClockOffset = createContext(0);

const watchers = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let second = Date.now();

function tick(): void {
  second = Date.now();
  for (const watcher of watchers) watcher();
}

/** One timer for everything on the page that shows a time, and none when nothing does. */
function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  if (timer === undefined) {
    tick();
    timer = setInterval(tick, 1_000);
  }
  return () => {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The server's time, in ms since the epoch, renewed every second. */
export function useNow(): number {
  return useSyncExternalStore(watch, () => second) + useContext(ClockOffset);
}
