import { UpdaterError } from "../errors.ts";

/** The code of a failed system call (`ENOSPC`), or undefined when the error is none. */
export function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === "string" ? code : undefined;
}

/**
 * Says what a failure means for a person. An UpdaterError stays as it is; a failed system call becomes DISK_FULL or
 * STATE_UNUSABLE; anything else UNEXPECTED.
 * @param doing what was being done, to stand after "while"
 */
export function asUpdaterError(error: unknown, doing: string): UpdaterError {
  if (error instanceof UpdaterError) return error;
  const code = systemCode(error);
  const text = error instanceof Error ? error.message : String(error);
  if (isDiskFull(error))
    return new UpdaterError(
      "DISK_FULL",
      `The disk is full (while ${doing}): free some space, then try again. ${text}`,
      {
        cause: error,
      },
    );
  if (code === "EACCES" || code === "EPERM" || code === "EROFS" || code === "EIO" || code === "ENOTDIR")
    return new UpdaterError("STATE_UNUSABLE", `The updater may not or cannot write here (while ${doing}): ${text}`, {
      cause: error,
    });
  return new UpdaterError("UNEXPECTED", `Failed while ${doing}: ${text}`, { cause: error });
}

/** Whether a write failed for want of room: on the disk, in the quota, or within the size that files may have here. */
export function isDiskFull(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT", "EFBIG"].includes(systemCode(error) ?? "");
}

/** Whether a failure is only that somebody asked to stop. */
export function isAbort(error: unknown, signal: AbortSignal | undefined): boolean {
  return (
    signal?.aborted === true && (error === signal.reason || (error instanceof Error && error.name === "AbortError"))
  );
}
