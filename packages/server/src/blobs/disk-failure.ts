import { OperationalError } from "@sluice/core/errors/operational-error.ts";

/** Makes an OperationalError of what the file system says of `path`; anything else stays what it is. */
export function diskFailure(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code === "ENOSPC" || code === "EDQUOT")
    return new OperationalError("DISK_FULL", `no space is left for ${path}; nothing of it was kept. Free some space.`, {
      retryable: true,
      cause: error,
    });
  if (code === "EIO" || code === "EROFS" || code === "EACCES" || code === "EPERM" || code === "EMFILE")
    return new OperationalError("STORE_UNAVAILABLE", `${path} cannot be used: ${(error as Error).message}`, {
      retryable: code === "EMFILE",
      cause: error,
    });
  return error;
}
