import type { Clock } from "../clock/clock.ts";

/**
 * Runs `work` with a signal that is aborted when `signal` is or when `timeoutMs` have passed, and tells which it was.
 * @returns what `work` returns; `ended` says why its signal was aborted, if it was
 */
export async function withDeadline<Result>(
  clock: Clock,
  timeoutMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal, ended: () => "timeout" | "stopped" | undefined) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  let why: "timeout" | "stopped" | undefined;
  const end = (reason: "timeout" | "stopped") => {
    why ??= reason;
    controller.abort();
  };
  const stop = () => end("stopped");
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  const cancel = clock.wakeAt(clock.now() + timeoutMs, () => end("timeout"));
  try {
    return await work(controller.signal, () => why);
  } finally {
    cancel();
    signal.removeEventListener("abort", stop);
  }
}
