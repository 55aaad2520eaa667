import { stagesOf } from "../application/context.ts";
import { goodReleases } from "../application/good-releases.ts";
import {
  type AppState,
  activePromotion,
  type RollingPromotion,
  type StageState,
  stageOf,
} from "../application/state.ts";
import { wayBackOf } from "../application/way-back.ts";
import type { Head } from "../log/chain.ts";
import { type Manifest, platformsOf } from "../release/manifest.ts";
import { compareVersions } from "../release/version.ts";
import { fullExposure } from "../rollout/bucket.ts";
import { hasChannel } from "../targets/outside.ts";
import type { Feed, FeedRelease } from "./feed.ts";

/** The feeds of all stages that have one as they follow from a state. @param log the head of the log that the state is folded from */
export function buildFeeds(state: AppState, log: Head): Feed[] {
  return stagesOf(state)
    .filter(hasChannel)
    .map((stage) => buildFeed(state, stage.name, log));
}

function buildFeed(state: AppState, channel: string, log: Head): Feed {
  const stage = stageOf(state, channel);
  const good = goodReleases(state, stage);
  const exposures = offered(state, stage);
  for (const version of steppingStones(state, good, [...exposures.keys()])) exposures.set(version, everybody);
  const releases = [...exposures]
    .map(([version, exposure]) => feedRelease(state, stage, version, exposure))
    .filter((release) => release !== undefined)
    .sort((a, b) => compareVersions(a.version, b.version));
  const live = stage.live?.version;
  return {
    app: state.app,
    channel,
    ...(live !== undefined && good.includes(live) ? { live } : {}),
    releases,
    away: awayVersions(state, stage),
    ...sentBack(state, stage),
    checkSeconds: (state.pipeline?.pipeline.clients["check-every"] ?? 21_600_000) / 1_000,
    log: { seq: log.seq, hash: log.hash },
  };
}

type FeedExposure = FeedRelease["exposure"];
const everybody: FeedExposure = { basisPoints: fullExposure, salt: "" };

/** What is live for everybody, and what is on its way for some. */
function offered(state: AppState, stage: StageState): Map<string, FeedExposure> {
  const exposures = new Map<string, FeedExposure>();
  if (stage.live !== undefined && state.releases.get(stage.live.version)?.withdrawn === undefined)
    exposures.set(stage.live.version, everybody);
  const active = activePromotion(state, stage);
  // A release that clients are let in to one by one is listed for nobody, so that whoever is let in can verify it.
  const rationed = stagesOf(state).some(({ name, rollout }) => name === stage.name && rollout.evidence !== undefined);
  if (
    active !== undefined &&
    !(active.status === "paused" && active.paused.halted === true) &&
    (rationed || active.exposure.offered.basisPoints > 0 || (active.exposure.offered.wave ?? 1) > 1) &&
    state.releases.get(active.version)?.withdrawn === undefined
  )
    exposures.set(active.version, { basisPoints: active.exposure.offered.basisPoints, salt: active.exposure.salt });
  return exposures;
}

/** The earlier good releases that an old client needs between: for each minimum version, the newest that reaches it, and so on down. */
function steppingStones(state: AppState, good: readonly string[], from: readonly string[]): Set<string> {
  const stones = new Set<string>();
  const todo = [...from];
  for (let version = todo.pop(); version !== undefined; version = todo.pop()) {
    const minimum = state.releases.get(version)?.manifest.minimumVersion;
    if (minimum === undefined) continue;
    const above = version;
    const stone = good
      .filter((candidate) => compareVersions(candidate, minimum) >= 0 && compareVersions(candidate, above) < 0)
      .sort(compareVersions)
      .at(-1);
    if (stone === undefined || stones.has(stone)) continue;
    stones.add(stone);
    todo.push(stone);
  }
  return stones;
}

function feedRelease(
  state: AppState,
  stage: StageState,
  version: string,
  exposure: FeedExposure,
): FeedRelease | undefined {
  const release = state.releases.get(version);
  if (release === undefined) return undefined;
  const { minimumVersion, compatibility } = release.manifest;
  const platforms = platformsOf(release.manifest);
  const mandatory = lastMandatory(state, stage, version);
  const mandatoryWithinSeconds = mandatory?.mandatoryWithinSeconds;
  const halted = haltedGroups(state, stage, version);
  return {
    version,
    exposure,
    ...wavesOf(activePromotion(state, stage), version),
    ...(mandatory === undefined ? {} : { mandatoryBelow: mandatory.version }),
    ...(mandatoryWithinSeconds === undefined ? {} : { mandatoryWithinSeconds }),
    ...(minimumVersion === undefined ? {} : { minimumVersion }),
    ...(platforms.length === 0 ? {} : { platforms }),
    ...(compatibility === undefined ? {} : { compatibility }),
    ...(halted.length === 0 ? {} : { halted }),
    manifest: release.digest,
  };
}

function wavesOf(active: RollingPromotion | undefined, version: string): Pick<FeedRelease, "waves"> {
  const begun = active?.exposure.offered.wave;
  if (active?.version !== version || active.waves === undefined || begun === undefined) return {};
  const each = active.waves.map(({ name, match }) => ({ name, ...(match === undefined ? {} : { match }) }));
  return { waves: { begun, each } };
}

function haltedGroups(state: AppState, stage: StageState, version: string): string[] {
  return [stage.active, stage.live?.promotion]
    .flatMap((id) => (id === undefined ? [] : (state.promotions.get(id) ?? [])))
    .filter((promotion) => promotion.version === version)
    .flatMap((promotion) => promotion.haltedGroups ?? [])
    .map(({ group }) => group);
}

/** The newest release up to a version that clients must take, also where a later one overtook it on its way here. */
function lastMandatory(state: AppState, stage: StageState, version: string): Manifest | undefined {
  return state.releases
    .valueSeq()
    .filter(
      (release) =>
        release.manifest.mandatory === true && release.withdrawn === undefined && !stage.away.has(release.version),
    )
    .map((release) => release.manifest)
    .filter((manifest) => compareVersions(manifest.version, version) <= 0)
    .max((a, b) => compareVersions(a.version, b.version));
}

function sentBack(state: AppState, stage: StageState): Pick<Feed, "sentBack"> {
  const way = wayBackOf(state, stage);
  if (way === undefined) return {};
  const { versions, basisPoints, salt } = way;
  return { sentBack: versions.toSorted(compareVersions).map((version) => ({ version, basisPoints, salt })) };
}

/** Versions that clients of this stage may have and must leave: rolled back here, or withdrawn after they were offered here. */
function awayVersions(state: AppState, stage: StageState): string[] {
  return stage.offered
    .filter((version) => stage.away.has(version) || state.releases.get(version)?.withdrawn !== undefined)
    .toArray()
    .sort(compareVersions);
}
