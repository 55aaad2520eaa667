import { UpdaterError } from "../errors.ts";
import { timestamp } from "../ports/clock.ts";
import type { Note } from "../status.ts";
import type { StepResult } from "./say.ts";

type LastCheck = Pick<Note, "lastCheck">;

/** What `agent status` will tell of a check. @param now ms since the epoch */
export function noteOf(result: StepResult, now: number): LastCheck {
  const reason = "detail" in result ? result.detail : "reason" in result ? result.reason : undefined;
  return {
    lastCheck: {
      at: timestamp(now),
      kind: result.kind,
      ...("version" in result ? { version: result.version } : {}),
      ...(reason === undefined ? {} : { reason }),
    },
  };
}

/** What it will tell of one that failed. @param now ms since the epoch */
export function noteOfFailure(error: unknown, now: number): LastCheck {
  const reason = error instanceof Error ? error.message : String(error);
  return { lastCheck: { at: timestamp(now), kind: "failed", reason } };
}

/** Whether somebody else is at work on the installation: then nothing failed, and what they wrote down stands. */
export function isInProgress(error: unknown): boolean {
  return error instanceof UpdaterError && error.code === "UPDATE_IN_PROGRESS";
}
