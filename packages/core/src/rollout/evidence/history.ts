import { upperBound } from "./advance.ts";

/** What the clients of an earlier release said: how many did, and how many of them failed. */
export interface History {
  readonly clients: number;
  readonly failed: number;
}

/** A history of fewer clients says too little of its rate to be a limit. */
export const historyLeast = 300;

/**
 * The limit p* (fraction) for the stop test where none is known and an earlier release is taken for normal: the highest failure rate that is
 * still plausible for it. With a chance of at most `delta` that is ever too low; so the test at this limit, at alpha − delta,
 * stops a release that fails no more often than the earlier one with probability at most alpha. The limit may move while both are
 * counted: a lower one needs no more failures to stop, so what stops at it would have stopped at the earlier release's true rate
 * (Bonferroni; Ville 1939). A concurrent control is not needed for that, and would have nothing to say: clients that install nothing do not fail at it.
 * @returns undefined while the history is too short
 * @throws RangeError as `upperBound`
 */
export function limitOfHistory({ clients, failed }: History, delta: number): number | undefined {
  return clients < historyLeast ? undefined : Math.min(0.5, upperBound(clients, failed, delta));
}
