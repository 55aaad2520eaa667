import type { Evidence } from "@sluice/core/gates/gate.ts";

/** A target could not do what was asked of it. */
export class TargetFailure extends Error {
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** What was seen, for the log: a few KiB, never a secret. */
  readonly evidence: Evidence;
  /** How long the other end asked to be left alone, in ms. */
  readonly pauseMs: number;

  /** @param message what is wrong, where, and what to do, for a person */
  constructor(
    message: string,
    options: { retryable: boolean; evidence?: Evidence; pauseMs?: number; cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "TargetFailure";
    this.retryable = options.retryable;
    this.evidence = options.evidence ?? {};
    this.pauseMs = options.pauseMs ?? 0;
  }
}
