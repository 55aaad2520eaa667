import type { Deployment } from "@sluice/core/views/history.ts";
import type { StatusView } from "@sluice/core/views/status.ts";
import type { ReleaseSummary } from "../api/shapes.ts";

/** Which version an environment has: one that is live in a stage, or on its way through it. */
export interface TrackedVersion {
  readonly stage: string;
  readonly version: string;
  /** RFC 3339: when it was live; for one that is rolling out, when that began. */
  readonly deployedAt: string;
  /** Who asked for it: a token's name, or `sluice` where it came by itself from the stage before. */
  readonly deployedBy: string;
  readonly gitCommit: string | null;
  readonly status: "active" | "rolling-out" | "paused";
  readonly promotion: string;
}

/** What is deployed in each stage, in the order of the pipeline. */
export function versionsOf(
  status: StatusView,
  deployments: readonly Deployment[],
  releases: readonly ReleaseSummary[],
): TrackedVersion[] {
  return status.stages.flatMap(({ name, live, active }) => {
    const track = (
      { version, promotion }: { readonly version: string; readonly promotion: string },
      deployedAt: string,
      state: TrackedVersion["status"],
    ): TrackedVersion => ({
      stage: name,
      version,
      deployedAt,
      deployedBy: deployments.find((deployment) => deployment.promotion === promotion)?.requestedBy ?? "",
      gitCommit: releases.find((release) => release.version === version)?.commit ?? null,
      status: state,
      promotion,
    });
    return [
      ...(live === null ? [] : [track(live, live.since, "active")]),
      ...(active === null
        ? []
        : [track(active, active.startedAt, active.status === "paused" ? "paused" : "rolling-out")]),
    ];
  });
}
