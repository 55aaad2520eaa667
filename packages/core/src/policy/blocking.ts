import semver from "semver";
import type { AppState } from "../application/state.ts";
import type { Policy } from "./schema.ts";

/** What of a policy's `blockedVersions` blocks a version. A prerelease is in a range as any version is: `<2.0.0` blocks 2.0.0-beta.1 too. */
export function blockingRange({ blockedVersions }: Policy, version: string): string | undefined {
  return blockedVersions.find(
    (range) => version === range || semver.satisfies(version, range, { includePrerelease: true }),
  );
}

/** The name of a policy over an application that blocks a version. */
export function blockingPolicy(state: AppState, version: string): string | undefined {
  return [...state.policies.values()]
    .flatMap(({ policy }) => policy ?? [])
    .find((policy) => blockingRange(policy, version) !== undefined)?.name;
}
