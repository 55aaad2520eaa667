import { setTimeout as delay } from "node:timers/promises";
import { exitCodes, Failure } from "../failure.ts";

/**
 * Asks again and again until the answer is not undefined.
 * @param what completes "waited N s in vain for …"
 */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  options: { readonly withinMs: number; readonly signal: AbortSignal; readonly everyMs?: number },
): Promise<T> {
  const deadline = performance.now() + options.withinMs;
  for (;;) {
    options.signal.throwIfAborted();
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline)
      throw new Failure(
        exitCodes.failed,
        "DEMO_FAILED",
        `Waited ${Math.round(options.withinMs / 1_000)} s in vain for ${what}.`,
      );
    await delay(options.everyMs ?? 100, undefined, { signal: options.signal });
  }
}

/** Does something for which the server must be there, and tries again while it is not: it may be restarting. */
export async function patiently<T>(act: () => Promise<T>, signal: AbortSignal): Promise<T> {
  return (
    await waitFor(
      "the server to answer",
      async () => {
        try {
          return { answer: await act() };
        } catch (error) {
          if (
            error instanceof Failure &&
            (error.exitCode === exitCodes.unreachable || error.code === "HTTP_503" || error.code === "STOPPING")
          )
            return undefined;
          throw error;
        }
      },
      { withinMs: 30_000, signal },
    )
  ).answer;
}
