/** Everything that can go wrong in the updater, with what it means. */
export const updaterCodes = {
  UNTRUSTED: "What the server sent is not signed, whole, fresh and meant for this client; nothing of it was used",
  SERVER_UNREACHABLE: "The update server did not answer, or not with what was asked for",
  NOT_PUBLISHED: "The server is trusted, but has no such channel or release",
  ROOT_INVALID: "The root that was pinned at installation cannot be used",
  ROOT_CHANGED: "The pinned root is not the one that this client was set up with",
  STATE_UNUSABLE: "The updater's own folder cannot be read or written",
  CONFIG_INVALID: "The updater was configured with something it cannot use",
  UPDATE_IN_PROGRESS: "Another update of this installation is in progress",
  FOLDER_IN_USE: "Another agent looks after this installation",
  OFFER_REFUSED: "The server offers what the signed feed does not allow this client",
  NOT_ALLOWED: "The server does not accept this client's token",
  DOWNLOAD_FAILED: "The server does not give a component, also when it is asked again",
  ARTIFACT_TOO_LARGE: "The server sends more than the signed size of a component",
  ARTIFACT_DIGEST_MISMATCH: "A component's bytes are not those that were signed",
  ARCHIVE_REFUSED: "A component's archive holds what an archive may not hold here",
  DISK_FULL: "The disk is too full for the update",
  HEALTH_CHECK_FAILED: "The version did not pass its health check",
  PROGRAM_FAILED: "The supervised program cannot be started or stopped",
  MIGRATION_REFUSED: "The database does not have the version that a migration expects, or the migration cannot be used",
  MIGRATION_FAILED: "A migration of the database failed",
  COMMAND_FAILED: "A command of a component failed",
  HOOK_REFUSED: "A hook said that the update shall not go on",
  PROGRAM_CRASHES: "The program ended again and again soon after the update",
  ROLLBACK_FAILED: "The old version could not be put back and confirmed healthy",
  CHOICE_REFUSED: "What was said of an update cannot be done",
  NOTHING_TO_ROLL_BACK: "There is no earlier version here to go back to",
  INSTALLATION_DAMAGED: "What is installed is not what was installed here",
  UNEXPECTED: "A failure that nobody foresaw",
} as const;

export type UpdaterCode = keyof typeof updaterCodes;

/** A failure of the updater. The message tells a person what is wrong, where, and what to do. */
export class UpdaterError extends Error {
  readonly code: UpdaterCode;

  constructor(code: UpdaterCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "UpdaterError";
    this.code = code;
  }
}

/** The server did not answer, or with a refusal. */
export class ServerUnreachable extends UpdaterError {
  /** How long it asked to be left alone, ms. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: { readonly retryAfterMs?: number | undefined; readonly cause?: unknown } = {}) {
    super("SERVER_UNREACHABLE", message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
  }
}
