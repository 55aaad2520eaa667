/**
 * Every expected "no" of the domain, with what it means. Transport status, exit code and screen text are tables at the
 * edges, keyed by these; a test holds the tables and this catalogue together.
 */
export const rejectionCodes = {
  APP_NOT_FOUND: "No application of that name exists",
  PIPELINE_INVALID: "The pipeline file does not have the required form",
  PIPELINE_CONFLICT: "The pipeline cannot change in this way while releases are in flight",
  STAGE_NOT_FOUND: "The pipeline has no stage of that name",
  RELEASE_NOT_FOUND: "No release of that version was published",
  RELEASE_EXISTS: "That version was already published with other content",
  RELEASE_INVALID: "The release manifest does not have the required form",
  RELEASE_WITHDRAWN: "The release was withdrawn and may not be live anywhere",
  ARTIFACT_NOT_FOUND: "No release contains an artifact of that digest",
  ARTIFACT_WITHDRAWN: "The release contains an artifact that was withdrawn",
  BLOB_MISSING: "The release names content that was not uploaded",
  VERSION_INVALID: "The version is not a SemVer 2.0.0 version",
  PROMOTION_NOT_FOUND: "No promotion of that id exists",
  PROMOTION_IN_PROGRESS: "Another promotion of this stage is in progress",
  PROMOTION_NOT_ACTIVE: "The promotion has already ended",
  ALREADY_LIVE: "The release is already live in that stage",
  GATES_CLOSED: "The stage's gates do not all pass for this release",
  NOT_NEWER: "The stage has a newer release; going back is a rollback, not a promotion",
  NOTHING_TO_ROLL_BACK: "The stage has no earlier good release to go back to",
  ROLLBACK_TARGET_INVALID: "The release asked for cannot be gone back to",
  FREEZE_ENDED: "The freeze would end before it begins",
  APPROVAL_NOT_ASKED: "The stage asks for no approval",
  APPROVER_NOT_NAMED: "The stage asks for the approval of others",
  OWN_RELEASE: "Nobody approves what they published or asked for themselves",
  APPROVAL_EXISTS: "The same person has approved it already",
  APPROVAL_OUTDATED: "The release or the pipeline is not the one that was looked at",
  HOOK_NOT_FOUND: "No hook of that id, or for that repository, exists",
  HOOK_LIMIT: "The application has as many hooks as it may have",
  DELIVERY_REPLAYED: "The delivery was taken before",
  ISSUE_NOT_FOUND: "No issue of that id exists",
  ISSUE_RESOLVED: "The issue is already resolved",
  INCIDENT_NOT_FOUND: "No incident of that id exists",
  REASON_REQUIRED: "This needs a reason, which is kept in the log",
  VERSION_NEVER_OFFERED: "The version was never offered on that channel",
  TOKEN_EXISTS: "A token of that name exists",
  TOKEN_NOT_FOUND: "No token of that name exists",
} as const;

export type RejectionCode = keyof typeof rejectionCodes;
