import type { AwsAccess } from "@sluice/core/targets/aws.ts";
import type { Secrets } from "../../analysis/provider.ts";
import { UsedSecrets } from "../../analysis/secrets.ts";
import { TargetFailure } from "../failure.ts";

/** How long one request may wait for an answer, in ms. */
const answerMs = 60_000;

/** How a client of AWS is made. @throws TargetFailure when a secret is missing */
export function awsClientOptions({ region, endpoint, credentials }: AwsAccess, secrets: Secrets) {
  const used = new UsedSecrets(secrets);
  try {
    return {
      region,
      maxAttempts: 4,
      requestHandler: { connectionTimeout: 10_000, requestTimeout: answerMs, throwOnRequestTimeout: true },
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(credentials === undefined
        ? {}
        : {
            credentials: {
              accessKeyId: used.value(credentials["access-key-id"]),
              secretAccessKey: used.value(credentials["secret-access-key"]),
            },
          }),
    };
  } catch (error) {
    throw new TargetFailure(`AWS cannot be asked: ${(error as Error).message}`, { retryable: false });
  }
}

/** The HTTP status with which a request was refused, if it was answered. */
export function awsStatus(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

/** What AWS refused, or did not answer, as a target's failure. @param what was asked, for a person */
export function awsFailure(what: string, error: unknown, signal: AbortSignal): TargetFailure {
  if (error instanceof TargetFailure) return error;
  if (signal.aborted) return new TargetFailure(`${what} was stopped`, { retryable: true });
  const status = awsStatus(error);
  const { name, message } = error as Error;
  if (status === 412 || status === 409)
    return new TargetFailure(`${what} was changed by somebody else at the same moment`, { retryable: true });
  const said = message === "" || message === name || message === "UnknownError" ? "" : `: ${message.slice(0, 300)}`;
  const why = status === undefined ? message : `the answer was ${status} ${name}${said}`;
  const busy = name === "ThrottlingException" || name === "TooManyRequestsException";
  const mayPass = busy || status === undefined || status >= 500 || status === 408 || status === 429;
  return new TargetFailure(`${what}: ${why}`, { retryable: mayPass, cause: error });
}
