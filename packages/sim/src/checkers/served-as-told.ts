import type { Feed } from "@sluice/core/feed/feed.ts";
import { copiesFeed, outsideTargets } from "@sluice/core/targets/outside.ts";
import { Chronicle } from "../chronicle/chronicle.ts";
import { onTheWayBack } from "../chronicle/staged-ways-back.ts";
import type { ToldPromotion, ToldStage } from "../chronicle/told.ts";
import type { CheckerKind } from "./checker.ts";

/** What servers answer from is no more than what the log has published by then, and less at once where it takes away. */
export const servedAsTold: CheckerKind = {
  guards: "servers offer no more than is published, and what the log takes away is gone at once",
  create() {
    const told = new Chronicle();
    return (world) => {
      told.readTo(world, world.log().length);
      for (const { plane, feeds } of world.servers()) {
        if (plane.head(world.app)?.seq !== told.seq) continue;
        for (const { name } of told.stages) {
          const feed = feeds.get(world.app, name)?.feed;
          const wrong = feed && tooMuch(told, told.stage(name), feed);
          if (wrong !== undefined) return `${name} serves at event ${told.seq} ${wrong}`;
        }
      }
      return undefined;
    };
  },
};

/** The feed names nothing that the stage's other targets do not have. */
function targetBehind(told: Chronicle, stage: ToldStage, active: ToldPromotion, share: number): string | undefined {
  if (active.otherPipeline) return undefined;
  const targets = outsideTargets(told.spec(stage.name)).filter((target) => !copiesFeed(target));
  return targets.find(({ name }) => (active.onTargets.get(name) ?? 0) < share)?.name;
}

function tooMuch(told: Chronicle, stage: ToldStage, feed: Feed): string | undefined {
  if (feed.live !== undefined && feed.live !== stage.live)
    return `${feed.live} as live, and ${stage.live ?? "nothing"} is`;
  const active = told.promotions.get(stage.active ?? "");
  for (const { version, exposure, manifest, waves, halted = [] } of feed.releases) {
    if (told.withdrawn.has(version)) return `${version}, which was withdrawn`;
    if (stage.away.has(version)) return `${version}, which was rolled back`;
    if (told.releases.get(version)?.digest !== manifest) return `another manifest of ${version}`;
    const isActive = version === active?.version;
    if (version !== stage.live && !isActive) return `${version}, which is neither live nor under way`;
    const groups = [stage.active, stage.livePromotion]
      .flatMap((id) => told.promotions.get(id ?? "") ?? [])
      .filter((promotion) => promotion.version === version)
      .flatMap(({ haltedGroups }) => [...haltedGroups]);
    const missing = groups.find((group) => !halted.includes(group));
    if (missing !== undefined) return `${version} to ${missing}, which was halted`;
    if (!isActive) continue;
    if (active.halted) return `${version}, whose rollout was halted`;
    const begun = waves?.begun ?? 0;
    // A share of nobody in the first wave reaches nobody, and is what an older rollout of it has left of its own.
    if (begun <= 1 && exposure.basisPoints === 0) continue;
    // What an earlier rollout of it had published stays where this one is to give it to everybody.
    if (exposure.salt !== active.salt && active.share === 10_000 && begun <= active.wave) continue;
    if (begun > active.publishedWave) return `${version} to wave ${begun}, and ${active.publishedWave} is published`;
    if (active.waves.length > 0 && waves === undefined) return `${version} to all waves at once`;
    if (begun === active.publishedWave && exposure.basisPoints > active.publishedShare)
      return `${version} to ${exposure.basisPoints}, and ${active.publishedShare} is published`;
    const behind = targetBehind(told, stage, active, exposure.basisPoints);
    if (behind !== undefined) return `${version} to ${exposure.basisPoints}, which ${behind} does not have`;
    if (exposure.basisPoints > 0 && exposure.salt !== active.salt) return `${version} with another salt`;
  }
  const back = wrongWayBack(told, stage, feed);
  if (back !== undefined) return back;
  const kept = [...stage.entered].find(
    (version) => (stage.away.has(version) || told.withdrawn.has(version)) && !feed.away.includes(version),
  );
  return kept && `nobody who has ${kept} the way back`;
}

/** Who is sent back by and by, and how many of them so far: whoever is not named goes at once. */
function wrongWayBack(told: Chronicle, stage: ToldStage, { sentBack = [] }: Feed): string | undefined {
  const { share, salt } = stage.wayBack ?? {};
  const should = onTheWayBack(stage, told.withdrawn);
  const isNot = should.find((one) => !sentBack.some(({ version }) => version === one));
  if (isNot !== undefined) return `everybody with ${isNot} the way back, and ${share} is the share so far`;
  const other = sentBack.find(
    (back) => !should.includes(back.version) || back.basisPoints !== share || back.salt !== salt,
  );
  return other && `${other.version} back by ${other.basisPoints}, and ${should.join() || "nothing"} goes by ${share}`;
}
