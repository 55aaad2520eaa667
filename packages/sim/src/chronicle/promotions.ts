import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { Wave } from "@sluice/core/rollout/waves/schema.ts";
import { outsideTargets } from "@sluice/core/targets/outside.ts";
import type { Chronicle } from "./chronicle.ts";
import { beginWayBack } from "./staged-ways-back.ts";
import type { ToldPromotion, ToldStage } from "./told.ts";

/** What is told of promotions. Events of other kinds are none of its business. */
export function tellOfPromotion(chronicle: Chronicle, event: SealedEvent, at: number): void {
  const { type, data, actor, seq } = event;
  if (type === "PromotionRequested") {
    request(chronicle, data, actor);
    return;
  }
  const promotion = chronicle.promotions.get(String(data.id));
  if (promotion === undefined) return;
  const stage = chronicle.stage(promotion.stage);
  switch (type) {
    case "PromotionAskedFor":
      promotion.asker = actor;
      return;
    case "PromotionOverridden":
      promotion.override = { policies: data.policies === true };
      return;
    case "PromotionApproved":
      promotion.no = undefined;
      promotion.yes.set(actor, { at, groups: data.groups as readonly string[], pipeline: String(data.pipeline) });
      return;
    case "PromotionRejected":
      promotion.yes.clear();
      promotion.no = {
        by: actor,
        at,
        groups: data.groups as readonly string[],
        pipeline: String(data.pipeline),
      };
      return;
    case "ApprovalVoided":
      promotion.yes.delete(String(data.approver));
      return;
    case "SoakClockStarted":
      promotion.soakSince = at;
      return;
    case "SoakClockStopped":
      stopSoak(promotion, at);
      return;
    case "PromotionStarted":
      stopSoak(promotion, at);
      promotion.way = "active";
      promotion.salt = String(data.salt);
      promotion.startedAt = at;
      promotion.waves = (data.waves ?? []) as readonly Wave[];
      promotion.wave = Math.min(1, promotion.waves.length);
      stage.active = promotion.id;
      stage.away.delete(promotion.version);
      stage.entered.add(promotion.version);
      return;
    case "ExposureRaised":
      Object.assign(promotion, {
        share: Number(data.to),
        shareSeq: seq,
        raisedAt: at,
        publishedAt: undefined,
      });
      return;
    case "WaveBegun":
      Object.assign(promotion, {
        share: Number(data.to),
        wave: Number(data.wave),
        shareSeq: seq,
        raisedAt: at,
        publishedAt: undefined,
      });
      return;
    case "GroupHalted":
      promotion.haltedGroups.add(String(data.group));
      return;
    case "PromotionPaused":
      promotion.way = "paused";
      return;
    case "RolloutHalted":
      Object.assign(promotion, { way: "paused", halted: true });
      return;
    case "PromotionResumed":
      Object.assign(promotion, { way: "active", halted: false });
      return;
    case "PromotionCompleted":
      complete(promotion, stage, data.verify, at);
      return;
    case "PromotionVerified":
      promotion.windowsPassed = Number(data.window);
      return;
    case "PromotionRolledBack":
      end(promotion, stage);
      beginWayBack(stage, data.staged, goBack(promotion, stage, data.to), seq);
      return;
    case "PromotionAborted":
    case "PromotionSuperseded":
      end(promotion, stage);
  }
}

/** What a target says of a release that is under way in its stage. */
export function tellOfTarget(chronicle: Chronicle, { type, data }: SealedEvent): void {
  const promotion = chronicle.promotions.get(chronicle.stage(String(data.stage)).active ?? "");
  if (promotion === undefined) return;
  const target = String(data.target);
  if (type === "TargetFailed") {
    // Of what is asked under another pipeline by now, a failure says nothing any more.
    const isAsked = outsideTargets(chronicle.spec(promotion.stage)).some(({ config }) => config === data.config);
    if (data.retryable === false && isAsked) promotion.broken = target;
    return;
  }
  const trial = data.trial as { readonly version: string; readonly basisPoints: number } | undefined;
  const share = data.main === promotion.version ? 10_000 : trial?.version === promotion.version ? trial.basisPoints : 0;
  promotion.onTargets.set(target, share);
}

function request(chronicle: Chronicle, data: SealedEvent["data"], actor: string): void {
  const [id, stage, version] = [String(data.id), String(data.stage), String(data.version)];
  chronicle.stage(stage).promotions++;
  chronicle.promotions.set(id, {
    id,
    stage,
    version,
    asker: data.manual === true ? actor : undefined,
    way: "waiting",
    override: undefined,
    yes: new Map(),
    no: undefined,
    salt: "",
    share: 0,
    startedAt: 0,
    shareSeq: 0,
    raisedAt: undefined,
    publishedAt: undefined,
    halted: false,
    broken: undefined,
    onTargets: new Map(),
    otherPipeline: false,
    publishedShare: 0,
    publishedWave: 0,
    waves: [],
    wave: 0,
    haltedGroups: new Set(),
    completedAt: undefined,
    windows: [],
    windowsPassed: 0,
    soakRan: 0,
    soakSince: undefined,
  });
}

function stopSoak(promotion: ToldPromotion, at: number): void {
  promotion.soakRan += promotion.soakSince === undefined ? 0 : at - promotion.soakSince;
  promotion.soakSince = undefined;
}

function complete(promotion: ToldPromotion, stage: ToldStage, windows: unknown, at: number): void {
  promotion.way = "complete";
  promotion.completedAt = at;
  promotion.windows = (windows ?? []) as readonly number[];
  if (stage.active === promotion.id) stage.active = undefined;
  stage.complete.delete(promotion.version);
  stage.complete.set(promotion.version, { at, promotion: promotion.id });
  stage.live = promotion.version;
  stage.livePromotion = promotion.id;
}

function end(promotion: ToldPromotion, stage: ToldStage): void {
  promotion.way = "over";
  if (stage.active === promotion.id) stage.active = undefined;
}

/** Whatever came to the stage after the release that it goes back to goes with the one that is rolled back. */
function goBack({ version }: ToldPromotion, stage: ToldStage, to: unknown): string[] {
  const kept = [...stage.complete.keys()];
  const lost = kept.slice(typeof to === "string" ? kept.indexOf(to) + 1 : 0);
  const all = [...lost, version];
  for (const gone of all) {
    stage.complete.delete(gone);
    stage.away.add(gone);
  }
  stage.live = typeof to === "string" && stage.complete.has(to) ? to : undefined;
  stage.livePromotion = stage.live === undefined ? undefined : stage.complete.get(stage.live)?.promotion;
  return all;
}
