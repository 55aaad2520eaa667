/** A registry did not do what it was asked for. */
export class RegistryFailure extends Error {
  /** Whether the same may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** HTTP status, where there was an answer. */
  readonly status: number | undefined;
  /** How long the registry asked to be left alone, in ms. */
  readonly pauseMs: number;

  /** @param message what is wrong and where, for a person */
  constructor(message: string, options: { retryable: boolean; status?: number; pauseMs?: number; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "RegistryFailure";
    this.retryable = options.retryable;
    this.status = options.status;
    this.pauseMs = options.pauseMs ?? 0;
  }
}
