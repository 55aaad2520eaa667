import { isRejection, type Rejection, reject } from "../errors/rejection.ts";
import type { Manifest } from "../release/manifest.ts";
import type { CommandOf } from "./commands.ts";
import { findRelease } from "./find.ts";
import type { AppState } from "./state.ts";
import type { Transition } from "./transition.ts";

/** Blocks a version everywhere, for good. That it is rolled back where it is live follows when the state is settled. */
export function withdrawRelease(
  transition: Transition,
  { version, reason }: CommandOf<"WithdrawRelease">,
): Rejection | undefined {
  const release = findRelease(transition.state, version);
  if (isRejection(release)) return release;
  if (reason.trim() === "") return reject("REASON_REQUIRED", "Say why it is withdrawn: --reason TEXT");
  if (release.withdrawn === undefined) transition.add({ type: "ReleaseWithdrawn", data: { version, reason } });
  return undefined;
}

/** Blocks an artifact, for good: every release that contains it is withdrawn, and none with it is published any more. */
export function withdrawArtifact(
  transition: Transition,
  { sha256, reason, unseen }: CommandOf<"WithdrawArtifact">,
): Rejection | undefined {
  const { state, meta } = transition;
  if (reason.trim() === "") return reject("REASON_REQUIRED", "Say why it is withdrawn: --reason TEXT");
  if (state.withdrawnArtifacts.has(sha256)) return undefined;
  const versions = versionsWith(state, sha256);
  if (versions.length === 0 && unseen !== true)
    return reject(
      "ARTIFACT_NOT_FOUND",
      `No release of ${state.app} contains the artifact ${sha256}. sluice show VERSION lists the digests; to withdraw it before anything with it is published, say so: --unseen`,
    );
  transition.add({ type: "ArtifactWithdrawn", data: { sha256, reason, by: meta.actor, versions } });
  return undefined;
}

/** The releases that contain an artifact, in the order of their publication. */
export function versionsWith(state: AppState, sha256: string): string[] {
  return state.releases
    .valueSeq()
    .filter(({ manifest }) => manifest.components.some((component) => component.sha256 === sha256))
    .sortBy((release) => release.publishedAt)
    .map((release) => release.version)
    .toArray();
}

/** Why a release may not be published: a component of it was withdrawn. */
export function refuseWithdrawnArtifacts(state: AppState, { version, components }: Manifest): Rejection | undefined {
  for (const { name, sha256 } of components) {
    const artifact = state.withdrawnArtifacts.get(sha256);
    if (artifact !== undefined)
      return reject(
        "ARTIFACT_WITHDRAWN",
        `${version} contains the artifact ${sha256} (component ${name}), which was withdrawn by ${artifact.by}: ${artifact.reason}. Build the component anew without what is wrong with it.`,
      );
  }
  return undefined;
}
