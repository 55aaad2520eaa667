import { OperationalError } from "@sluice/core/errors/operational-error.ts";

/** Turns what the disk or the signing threw into an OperationalError: DISK_FULL or SIGNING_FAILED, both worth another try. */
export function feedFailure(app: string, error: unknown): OperationalError {
  if (error instanceof OperationalError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === "ENOSPC" || code === "EDQUOT"
    ? new OperationalError(
        "DISK_FULL",
        `no space is left to sign the feeds of ${app}; clients keep getting the last signed ones. Make room on the disk of the data folder`,
        { retryable: true, cause: error },
      )
    : new OperationalError(
        "SIGNING_FAILED",
        `the feeds of ${app} could not be signed; clients keep getting the last signed ones: ${reason}`,
        { retryable: true, cause: error },
      );
}

/** A state that no second try mends: a person must act. */
export function unusable(message: string, cause?: unknown): OperationalError {
  return new OperationalError("SIGNING_FAILED", message, { retryable: false, cause });
}
