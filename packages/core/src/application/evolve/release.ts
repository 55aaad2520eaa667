import { unreachable } from "../../errors/unreachable.ts";
import type { Recorded } from "../events/recorded.ts";
import type { ReleaseFact } from "../events/release.ts";
import { problemKey } from "../problem-key.ts";
import type { AppState } from "../state.ts";

/** Folds what happens to releases into a state. */
export function evolveRelease(state: AppState, event: Recorded<ReleaseFact>): AppState {
  const { at, actor } = event;
  switch (event.type) {
    case "ReleasePublished": {
      const { manifest, digest } = event.data;
      const release = { version: manifest.version, manifest, digest, publishedAt: at, publishedBy: actor };
      return { ...state, releases: state.releases.set(manifest.version, release) };
    }
    case "ReleaseWithdrawn": {
      const release = state.releases.get(event.data.version);
      if (release === undefined) return state;
      const withdrawn = { at, by: actor, reason: event.data.reason };
      return { ...state, releases: state.releases.set(release.version, { ...release, withdrawn }) };
    }
    case "DiscoveryProblemFound": {
      const { source, version, reason } = event.data;
      return { ...state, discoveryProblems: state.discoveryProblems.set(problemKey(source, version), reason) };
    }
    case "ArtifactWithdrawn":
      return withdrawArtifact(state, event);
    default:
      return unreachable(event);
  }
}

function withdrawArtifact(
  state: AppState,
  { at, data }: Extract<Recorded<ReleaseFact>, { type: "ArtifactWithdrawn" }>,
): AppState {
  const { sha256, reason, by, versions } = data;
  const withdrawn = { at, by, reason: `it contains the artifact ${sha256}, which was withdrawn: ${reason}` };
  let { releases } = state;
  for (const version of versions) {
    const release = releases.get(version);
    if (release !== undefined && release.withdrawn === undefined)
      releases = releases.set(version, { ...release, withdrawn });
  }
  return { ...state, releases, withdrawnArtifacts: state.withdrawnArtifacts.set(sha256, { sha256, at, by, reason }) };
}
