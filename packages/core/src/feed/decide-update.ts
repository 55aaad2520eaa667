import { compareVersions, newestFirst } from "../release/version.ts";
import { isExposed } from "../rollout/bucket.ts";
import type { Client } from "./client.ts";
import type { Feed, FeedRelease } from "./feed.ts";
import { type Obstacle, obstaclesTo } from "./obstacles.ts";

export type NoUpdateReason =
  | Obstacle["reason"]
  | "up-to-date"
  | "nothing-released"
  | "nothing-to-go-back-to"
  | "not-yet-sent-back";

export type UpdateDecision =
  | { readonly kind: "none"; readonly reason: NoUpdateReason; readonly detail: string }
  | { readonly kind: "update"; readonly release: FeedRelease; readonly mandatory: boolean }
  /** The way back from a version that was rolled back or withdrawn. */
  | { readonly kind: "rollback"; readonly release: FeedRelease; readonly mandatory: true };

/**
 * Decides what a client gets from a feed. Pure, and the same in the server and in the updater.
 *
 * Newer versions only, the newest that is exposed to this client, runs on its platform, suits its surroundings and can be
 * reached from its version in one step. A client on a version that was rolled back or withdrawn must leave it: back to the
 * live one where that is older, otherwise forward like everybody. Where the way back is staged, a client that it has not reached
 * keeps what it has, unless there is something newer for it.
 */
export function decideUpdate(feed: Feed, client: Client): UpdateDecision {
  const rolledBack = client.version !== undefined && feed.away.includes(client.version);
  const staged = feed.sentBack?.find(({ version }) => version === client.version);
  const spared = rolledBack && staged !== undefined && !isExposed(staged, client.id);
  const away = rolledBack && !spared;
  const back = away ? wayBack(feed, client, client.version) : undefined;
  if (back?.kind === "rollback") return back;
  const newer = feed.releases
    .filter((release) => !feed.away.includes(release.version))
    .filter((release) => client.version === undefined || compareVersions(release.version, client.version) > 0)
    .sort((a, b) => newestFirst(a.version, b.version));
  if (newer.length === 0 && back !== undefined) return back;
  if (newer.length === 0 && !spared)
    return client.version === undefined
      ? none("nothing-released", `channel ${feed.channel} has no release yet`)
      : none("up-to-date", `${client.version} is the newest on channel ${feed.channel}`);
  let first: UpdateDecision | undefined;
  for (const release of newer) {
    const obstacle = obstacleTo(release, client);
    if (obstacle === undefined) return { kind: "update", release, mandatory: away || isMandatory(release, client) };
    first ??= obstacle;
  }
  if (spared) return none("not-yet-sent-back", `${client.version} was rolled back; this client is not sent back yet`);
  return first ?? none("up-to-date", "");
}

function wayBack(feed: Feed, client: Client, from: string): UpdateDecision {
  const release = feed.releases.find((candidate) => candidate.version === feed.live);
  if (release === undefined || compareVersions(release.version, from) > 0)
    return none("nothing-to-go-back-to", `${from} was rolled back or withdrawn and no older good release is live`);
  const obstacle = obstacleTo(
    { ...release, exposure: { ...release.exposure, basisPoints: 10_000 } },
    { ...client, version: release.version },
  );
  return obstacle ?? { kind: "rollback", release, mandatory: true };
}

function obstacleTo(release: FeedRelease, client: Client): UpdateDecision | undefined {
  const { value } = obstaclesTo(release, client).next();
  return value === undefined ? undefined : none(value.reason, value.detail);
}

function isMandatory(release: FeedRelease, client: Client): boolean {
  return (
    release.mandatoryBelow !== undefined &&
    client.version !== undefined &&
    compareVersions(client.version, release.mandatoryBelow) < 0
  );
}

function none(reason: NoUpdateReason, detail: string): UpdateDecision {
  return { kind: "none", reason, detail };
}
