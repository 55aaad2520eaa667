/** The world failed: a full disk, a server that does not answer. Only adapters make these. */
export type OperationalCode =
  | "STORE_CONFLICT"
  | "STORE_UNAVAILABLE"
  | "DISK_FULL"
  | "DATA_FOLDER_IN_USE"
  | "BLOB_DIGEST_MISMATCH"
  | "BLOB_TOO_LARGE"
  | "UPLOAD_OFFSET_MISMATCH"
  | "UPLOAD_IN_PROGRESS"
  | "UPLOAD_INTERRUPTED"
  | "HOOK_SECRET_EXPOSED"
  | "SIGNING_FAILED"
  | "ISSUER_UNREACHABLE"
  | "OIDC_RULES_INVALID";

export class OperationalError extends Error {
  readonly code: OperationalCode;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;

  constructor(code: OperationalCode, message: string, options: { retryable: boolean; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "OperationalError";
    this.code = code;
    this.retryable = options.retryable;
  }
}
