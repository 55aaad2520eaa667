import type { SealedEvent } from "@sluice/core/log/event.ts";
import { compareVersions } from "@sluice/core/release/version.ts";
import { counts } from "../chronicle/approvals.ts";
import { Chronicle } from "../chronicle/chronicle.ts";
import { openIssues } from "../chronicle/gates.ts";
import type { ToldPromotion } from "../chronicle/told.ts";
import type { CheckerKind } from "./checker.ts";

/** Every fact may follow on those before it: nothing starts that does not wait, rises that is not under way, or is said twice. */
export const eachFactFollows: CheckerKind = {
  guards: "every fact in the log may follow on the facts before it",
  create() {
    const told = new Chronicle();
    return (world) => told.readOn(world, (event) => outOfPlace(told, event));
  },
};

function outOfPlace(told: Chronicle, event: SealedEvent): string | undefined {
  const { type, data, seq } = event;
  const promotion = told.promotions.get(String(data.id));
  const stage = told.stage(String(data.stage));
  switch (type) {
    case "ReleasePublished":
      return published(told, data);
    case "ArtifactWithdrawn": {
      const listed = data.versions as readonly string[];
      const left = [...told.releases].find(
        ([version, { artifacts }]) => artifacts.includes(String(data.sha256)) && !listed.includes(version),
      );
      return left && `${left[0]} contains it, and is not withdrawn with it`;
    }
    case "IssueOpened":
      return told.issues.has(String(data.id)) || told.resolved.has(String(data.id))
        ? `${data.id} is not new`
        : undefined;
    case "IssueResolved":
      return told.issues.has(String(data.id)) ? undefined : `${data.id} is not open`;
    case "TagPushed":
    case "TagDeleted":
    case "CommitMerged":
      return [data.delivery, data.body].some((one) => told.outside.deliveries.has(String(one)))
        ? `delivery ${data.delivery} was taken before`
        : undefined;
    case "ItemProbed":
      return data.pipeline === told.pipelineDigest ? undefined : "it was asked for another pipeline";
    case "FeedsPublished":
      return Number(data.upTo) < seq ? undefined : `what is published follows from event ${data.upTo}`;
    case "PromotionRequested":
      return asked(told, data);
    case "PromotionApproved":
    case "PromotionRejected":
      return promotion === undefined ? "nobody asked for it" : answered(told, promotion, event);
    case "PromotionStarted":
      if (promotion?.way !== "waiting") return `${data.id} is ${promotion?.way ?? "not asked for"}`;
      if ([...told.promotions.values()].some(({ salt }) => salt === data.salt))
        return `${data.id} has the order of clients that another had before`;
      return stage.active === undefined ? undefined : `${stage.active} is under way there`;
    case "ExposureRaised":
      if (promotion?.way !== "active") return `${data.id} is ${promotion?.way ?? "not asked for"}`;
      if (Number(data.from) !== promotion.share) return `${data.id} is at ${promotion.share}, not at ${data.from}`;
      return Number(data.to) > promotion.share ? undefined : `${data.id} is at ${promotion.share} already`;
    case "WaveBegun":
      return promotion?.way === "active" ? undefined : `${data.id} is ${promotion?.way ?? "not asked for"}`;
    case "PromotionCompleted":
      if (promotion?.way !== "active") return `${data.id} is ${promotion?.way ?? "not asked for"}`;
      if (promotion.share !== 10_000) return `${data.id} is at ${promotion.share}`;
      return promotion.shareSeq <= told.publishedUpTo || !hasFeed(told, promotion)
        ? undefined
        : `${data.id} is not published`;
    case "PromotionVerified":
      return verified(promotion, event);
    case "PromotionPaused":
      return promotion?.way === "active" ? undefined : `${data.id} is ${promotion?.way}`;
    case "PromotionResumed":
      return promotion?.way === "paused" ? undefined : `${data.id} is ${promotion?.way}`;
    case "PromotionRolledBack": {
      // What a newer release overtook on its way may still be with clients, and goes back as well.
      const there = stage.entered.has(String(data.version)) && !stage.away.has(String(data.version));
      if (stage.active !== data.id && stage.livePromotion !== data.id && !there) return `${data.id} is not there`;
      // So that no other stage takes what has failed in this one.
      const failed = data.cause === "analysis" || data.cause === "target";
      return failed && openIssues(told, String(data.version), "info").length === 0 ? "no issue says why" : undefined;
    }
    case "SoakClockStarted": {
      const before = told.before(stage.name);
      const there = before !== undefined && told.stage(before).complete.has(String(data.version));
      return there ? undefined : `${data.version} is not complete in ${before ?? "any stage before"}`;
    }
    default:
      return undefined;
  }
}

function published(told: Chronicle, data: SealedEvent["data"]): string | undefined {
  const { version, components } = data.manifest as { version: string; components: readonly { sha256: string }[] };
  if (told.releases.has(version)) return `${version} was published before`;
  const bad = components.find(({ sha256 }) => told.artifacts.has(sha256));
  return bad && `${version} contains ${bad.sha256}, which was withdrawn`;
}

function asked(told: Chronicle, data: SealedEvent["data"]): string | undefined {
  const version = String(data.version);
  const stage = told.stage(String(data.stage));
  if (told.releases.get(version) === undefined) return `there is no ${version}`;
  if (told.withdrawn.has(version)) return `${version} was withdrawn`;
  if (stage.live !== undefined && compareVersions(version, stage.live) <= 0) return `${stage.live} is live`;
  if (data.manual !== true && stage.away.has(version)) return `${version} was rolled back there`;
  const open = [...told.promotions.values()].find(
    (other) => other.stage === stage.name && other.version === version && !["over", "complete"].includes(other.way),
  );
  return open && `${open.id} is ${open.way}`;
}

/** An answer counts for somebody whom a gate or a policy names, and never for who published the release or asked for it. */
function answered(told: Chronicle, promotion: ToldPromotion, { type, actor, data }: SealedEvent): string | undefined {
  const { stage, version, way } = promotion;
  if (way === "over" || way === "complete" || (type === "PromotionRejected" && way !== "waiting"))
    return `${promotion.id} is ${way}`;
  const own = [told.releases.get(version)?.publisher, promotion.asker];
  if (type === "PromotionApproved" && own.includes(actor)) return `${actor} published it or asked for it`;
  if (data.pipeline !== told.pipelineDigest) return "it is about another pipeline";
  const groups = data.groups as readonly string[];
  const asked = [
    ...(told.spec(stage)?.gates.flatMap(({ approval }) => approval ?? []) ?? []),
    ...promotion.waves.flatMap(({ barrier }) => barrier?.approval ?? []),
    ...[...told.policies.values()].map(({ approvers }) => ({ from: approvers, groups: [] })),
  ];
  return asked.some((one) => counts(one, actor, groups)) ? undefined : `${actor} is not among those who are asked`;
}

function verified(promotion: ToldPromotion | undefined, { data, at }: SealedEvent): string | undefined {
  if (promotion?.way !== "complete" || promotion.completedAt === undefined) return `${data.id} is ${promotion?.way}`;
  const window = Number(data.window);
  if (window !== promotion.windowsPassed + 1) return `window ${window} follows on ${promotion.windowsPassed}`;
  const end = promotion.completedAt + (promotion.windows[window - 1] ?? Number.POSITIVE_INFINITY);
  return Date.parse(at) >= end ? undefined : `window ${window} is not over`;
}

function hasFeed(told: Chronicle, { stage }: ToldPromotion): boolean {
  return told.spec(stage)?.targets.some((target) => "channel" in target) === true;
}
