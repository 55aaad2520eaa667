import { type RejectionCode, rejectionCodes } from "@sluice/core/errors/codes.ts";
import type { OperationalCode } from "@sluice/core/errors/operational-error.ts";

interface Row {
  /** HTTP status. */
  readonly status: number;
  /** What the code means, whatever the case. */
  readonly title: string;
}

const rejectionStatuses: Readonly<Record<RejectionCode, number>> = {
  APP_NOT_FOUND: 404,
  PIPELINE_INVALID: 422,
  PIPELINE_CONFLICT: 409,
  POLICY_INVALID: 422,
  POLICY_VIOLATED: 422,
  POLICY_NOT_FOUND: 404,
  STAGE_NOT_FOUND: 404,
  RELEASE_NOT_FOUND: 404,
  RELEASE_EXISTS: 409,
  RELEASE_INVALID: 422,
  RELEASE_WITHDRAWN: 409,
  ARTIFACT_NOT_FOUND: 404,
  ARTIFACT_WITHDRAWN: 409,
  IMAGES_MISSING: 422,
  BLOB_MISSING: 422,
  VERSION_INVALID: 422,
  PROMOTION_NOT_FOUND: 404,
  PROMOTION_IN_PROGRESS: 409,
  PROMOTION_NOT_ACTIVE: 409,
  ALREADY_LIVE: 409,
  GATES_CLOSED: 409,
  NOT_NEWER: 409,
  NOTHING_TO_ROLL_BACK: 409,
  ROLLBACK_REQUEST_NOT_FOUND: 404,
  ROLLBACK_REQUEST_EXISTS: 409,
  ROLLBACK_REQUEST_CLOSED: 409,
  ROLLBACK_TARGET_INVALID: 409,
  FREEZE_ENDED: 422,
  APPROVAL_NOT_ASKED: 409,
  APPROVER_NOT_NAMED: 403,
  OWN_RELEASE: 403,
  APPROVAL_EXISTS: 409,
  PLAN_NOT_READY: 409,
  APPROVAL_OUTDATED: 409,
  HOOK_NOT_FOUND: 404,
  HOOK_LIMIT: 409,
  DELIVERY_REPLAYED: 409,
  CHECK_NOT_FOUND: 404,
  CHECK_AMBIGUOUS: 422,
  CHECK_PROBED: 409,
  REPORTER_NOT_NAMED: 403,
  ISSUE_NOT_FOUND: 404,
  ISSUE_RESOLVED: 409,
  INCIDENT_NOT_FOUND: 404,
  REASON_REQUIRED: 422,
  VERSION_NEVER_OFFERED: 409,
  TOKEN_EXISTS: 409,
  TOKEN_NOT_FOUND: 404,
};

const operationalRows: Readonly<Record<OperationalCode, Row>> = {
  STORE_CONFLICT: { status: 503, title: "Another node changed the same log at the same moment, again and again" },
  STORE_UNAVAILABLE: { status: 503, title: "The store could not be used; nothing was changed" },
  DISK_FULL: { status: 507, title: "No space is left on the server's disk; nothing was changed" },
  DATA_FOLDER_IN_USE: { status: 503, title: "Another server uses the data folder" },
  BLOB_DIGEST_MISMATCH: { status: 422, title: "The bytes do not have the digest that they were sent under" },
  BLOB_TOO_LARGE: { status: 413, title: "The content is larger than the server takes, or than was announced" },
  UPLOAD_OFFSET_MISMATCH: { status: 409, title: "The upload goes on from another place" },
  UPLOAD_IN_PROGRESS: { status: 409, title: "The same content is being uploaded by somebody else" },
  UPLOAD_INTERRUPTED: { status: 408, title: "The upload broke off; what came is kept" },
  HOOK_SECRET_EXPOSED: { status: 500, title: "Others may have read the secret of a hook" },
  SIGNING_FAILED: { status: 500, title: "The feeds could not be signed" },
  ISSUER_UNREACHABLE: { status: 503, title: "Who issues identities could not be asked for its keys" },
  OIDC_RULES_INVALID: { status: 500, title: "The server's rules for identities cannot be read" },
};

/** What only the HTTP edge refuses. */
const requestRows = {
  REQUEST_INVALID: { status: 400, title: "The request does not have the required form" },
  UNAUTHENTICATED: { status: 401, title: "The request has no valid token" },
  NOT_ALLOWED: { status: 403, title: "The token does not allow this" },
  ROUTE_NOT_FOUND: { status: 404, title: "There is nothing at this address" },
  BLOB_NOT_FOUND: { status: 404, title: "No content of that digest is here" },
  REQUEST_TIMEOUT: { status: 408, title: "The request did not arrive in time" },
  BODY_TOO_LARGE: { status: 413, title: "The body of the request is too large" },
  MEDIA_TYPE_UNSUPPORTED: { status: 415, title: "The body is of a type that this address does not take" },
  RANGE_NOT_SATISFIABLE: { status: 416, title: "The content does not have the range of bytes that was asked for" },
  TOO_MANY_ATTEMPTS: { status: 429, title: "Too many requests with invalid tokens came from this address" },
  HEADERS_TOO_LARGE: { status: 431, title: "The headers of the request are too large" },
  INTERNAL_ERROR: { status: 500, title: "The server failed in a way that it should not" },
  TOO_MANY_STREAMS: { status: 503, title: "As many event streams are open as the server keeps" },
} as const satisfies Readonly<Record<string, Row>>;

export type RequestCode = keyof typeof requestRows;
export type ProblemCode = RejectionCode | OperationalCode | RequestCode;

/** Every code that a client can see, with its HTTP status and meaning. `docs/errors.md` says the same to people. */
export const problemTable: Readonly<Record<ProblemCode, Row>> = {
  ...rejectionRows(),
  ...operationalRows,
  ...requestRows,
};

function rejectionRows(): Readonly<Record<RejectionCode, Row>> {
  const rows = Object.entries(rejectionCodes).map(([code, title]) => [
    code,
    { status: rejectionStatuses[code as RejectionCode], title },
  ]);
  return Object.fromEntries(rows) as Record<RejectionCode, Row>;
}
