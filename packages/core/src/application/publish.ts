import { type Rejection, reject } from "../errors/rejection.ts";
import { manifestDigest } from "../release/manifest.ts";
import type { CommandOf } from "./commands.ts";
import { stagesOf } from "./context.ts";
import { refuseUnplaceable } from "./placement.ts";
import { request } from "./request.ts";
import type { Transition } from "./transition.ts";
import { refuseWithdrawnArtifacts } from "./withdraw.ts";

/** Publishes a release and asks for its promotion into the first stage. The same content twice is one release; other content under a known version is refused. */
export function publishRelease(
  transition: Transition,
  { manifest }: CommandOf<"PublishRelease">,
): Rejection | undefined {
  const { state } = transition;
  const [first] = stagesOf(state);
  if (first === undefined)
    return reject(
      "APP_NOT_FOUND",
      `Application "${state.app}" has no pipeline yet. Apply one first: sluice apply -f sluice.yaml`,
    );
  if (manifest.app !== state.app)
    return reject(
      "RELEASE_INVALID",
      `The manifest is for application "${manifest.app}", but it was sent for "${state.app}".`,
    );
  const digest = manifestDigest(manifest);
  const known = state.releases.get(manifest.version);
  if (known !== undefined) {
    if (known.digest === digest) return undefined;
    return reject(
      "RELEASE_EXISTS",
      `${manifest.version} was already published with other content (manifest ${known.digest.slice(0, 12)}, this one ${digest.slice(0, 12)}). A published release never changes: publish under a new version.`,
    );
  }
  const refused = refuseWithdrawnArtifacts(state, manifest) ?? refuseUnplaceable(state, manifest);
  if (refused !== undefined) return refused;
  transition.add({ type: "ReleasePublished", data: { manifest, digest } });
  request(transition, first, manifest.version, { manual: false });
  return undefined;
}
