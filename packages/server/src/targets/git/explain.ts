import type { GitTarget } from "@sluice/core/targets/git/schema.ts";
import { formatDuration } from "@sluice/core/time/duration.ts";
import { MissingSecret } from "../../analysis/secrets.ts";
import { TargetFailure } from "../failure.ts";

/** What git could not do, as a failure of the target: what may pass by itself is tried again. */
export function explain(
  error: unknown,
  { repository, branch, timeout }: Pick<GitTarget, "repository" | "branch" | "timeout">,
  why: "timeout" | "stopped" | undefined,
): TargetFailure {
  const fail = (message: string, retryable: boolean) => new TargetFailure(message, { retryable, cause: error });
  if (why === "stopped") return fail(`${repository}: it was stopped`, true);
  if (why === "timeout") return fail(`${repository} did not answer within ${formatDuration(timeout)}`, true);
  if (error instanceof TargetFailure) return error;
  if (error instanceof MissingSecret) return fail(error.message, false);
  const said = error instanceof Error ? error.message : String(error);
  if (/signal 25|File too large|size limit/i.test(said))
    return fail(
      `${repository} is larger than what is fetched at a time: keep the environment's files in a repository of their own`,
      false,
    );
  if (/couldn't find remote ref/.test(said)) return fail(`${repository} has no branch ${branch}`, false);
  if (/host key is known|Host key verification failed/.test(said))
    return fail(
      `${repository}: ${said} It is not spoken to before the server has its right key among its known hosts (sluice serve --ssh-config FILE)`,
      false,
    );
  return fail(`${repository}: ${said}`, true);
}
