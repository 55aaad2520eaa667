import { firstIncompatibility } from "../release/compatibility.ts";
import { compareVersions } from "../release/version.ts";
import { isExposed } from "../rollout/bucket.ts";
import { belongsTo } from "../rollout/groups.ts";
import { waveGroup, waveOf } from "../rollout/waves/wave-of.ts";
import type { Client } from "./client.ts";
import type { FeedRelease } from "./feed.ts";

/** Something about a client for which it does not get a release that its channel's feed lists. */
export interface Obstacle {
  readonly reason:
    | "wrong-platform"
    | "incompatible"
    | "needs-stepping-stone"
    | "halted"
    | "wave-not-begun"
    | "not-yet-exposed";
  readonly detail: string;
}

/** Whatever keeps a client from a release of a feed, one after the other: what it is first, then how far the release has come. */
export function* obstaclesTo(release: FeedRelease, client: Client): Generator<Obstacle, undefined> {
  const { version, platforms, minimumVersion, compatibility } = release;
  if (platforms !== undefined && (client.platform === undefined || !platforms.includes(client.platform)))
    yield {
      reason: "wrong-platform",
      detail: `${version} runs on ${platforms.join(", ")}, not on ${client.platform ?? "a platform that is not named"}`,
    };
  const unmet = firstIncompatibility(compatibility, client.attributes);
  if (unmet !== undefined)
    yield {
      reason: "incompatible",
      detail: `${version} needs ${unmet.name} ${unmet.ranges.join(" or ")}; the client has ${unmet.declared ?? "not said"}`,
    };
  if (
    minimumVersion !== undefined &&
    client.version !== undefined &&
    compareVersions(client.version, minimumVersion) < 0
  )
    yield {
      reason: "needs-stepping-stone",
      detail: `${version} can be reached from ${minimumVersion} on; the client has ${client.version}`,
    };
  const number = release.waves === undefined ? 0 : waveOf(release.waves.each, client);
  const wave = release.waves?.each[number - 1];
  const halted = release.halted?.find(
    (group) => belongsTo(client, group) || (wave !== undefined && group === waveGroup(wave)),
  );
  if (halted !== undefined) yield { reason: "halted", detail: `${version} is halted for clients with ${halted}` };
  if (release.waves !== undefined) {
    const { begun } = release.waves;
    if (number > begun) yield { reason: "wave-not-begun", detail: `${version} has not reached wave ${wave?.name} yet` };
    if (number !== begun) return;
  }
  if (!isExposed(release.exposure, client.id))
    yield { reason: "not-yet-exposed", detail: `${version} has not reached this client yet` };
}
