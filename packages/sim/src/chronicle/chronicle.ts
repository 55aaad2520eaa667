import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { Pipeline, Stage } from "@sluice/core/pipeline/schema.ts";
import type { Policy } from "@sluice/core/policy/schema.ts";
import { fromRfc3339 } from "@sluice/core/time/instant.ts";
import type { World } from "../world/world.ts";
import { Outside } from "./outside.ts";
import { tellOfPromotion, tellOfTarget } from "./promotions.ts";
import { type ToldRequest, tellOfRequest } from "./rollback-requests.ts";
import { publishWayBack, raiseWayBack } from "./staged-ways-back.ts";
import type { ToldCheck, ToldIssue, ToldPromotion, ToldRelease, ToldStage } from "./told.ts";

/**
 * What the log has told so far, read event by event without any of the production fold: what checkers judge by. It believes what
 * it is told; whether that may be is theirs to say.
 */
export class Chronicle {
  seq = 0;
  /** ms since the epoch, of the last event. */
  at = 0;
  stages: readonly Stage[] = [];
  pipelineDigest = "";
  /** How often a client asks, in ms. */
  checkEveryMs = 0;
  /** Until when every stage is frozen, ms since the epoch; 0: they are not. */
  frozenUntil = 0;
  /** Up to which event the feeds are published. */
  publishedUpTo = 0;
  readonly releases = new Map<string, ToldRelease>();
  readonly withdrawn = new Set<string>();
  readonly artifacts = new Set<string>();
  readonly policies = new Map<string, Policy>();
  readonly issues = new Map<string, ToldIssue>();
  readonly resolved = new Set<string>();
  /** By version and name; by version, stage and name for an item of a checklist. */
  readonly checks = new Map<string, ToldCheck>();
  readonly promotions = new Map<string, ToldPromotion>();
  readonly outside = new Outside();
  /** Rollbacks that others have to approve. */
  readonly requests = new Map<string, ToldRequest>();
  readonly #stages = new Map<string, ToldStage>();

  /** A stage as it stands; one of which nothing was told is empty. */
  stage(name: string): ToldStage {
    const known = this.#stages.get(name);
    if (known !== undefined) return known;
    const fresh: ToldStage = {
      name,
      live: undefined,
      livePromotion: undefined,
      active: undefined,
      complete: new Map(),
      entered: new Set(),
      away: new Set(),
      frozen: undefined,
      chosen: undefined,
      wayBack: undefined,
      promotions: 0,
    };
    this.#stages.set(name, fresh);
    return fresh;
  }

  spec(stage: string): Stage | undefined {
    return this.stages.find(({ name }) => name === stage);
  }

  /** The name of the stage before. */
  before(stage: string): string | undefined {
    return this.stages[this.stages.findIndex(({ name }) => name === stage) - 1]?.name;
  }

  hear(event: SealedEvent): void {
    const { type, data } = event;
    const at = fromRfc3339(event.at);
    switch (type) {
      case "PipelineApplied":
        ({ stages: this.stages } = data.pipeline as unknown as Pipeline);
        this.checkEveryMs = (data.pipeline as unknown as Pipeline).clients["check-every"];
        this.pipelineDigest = String(data.digest);
        for (const promotion of this.promotions.values())
          promotion.otherPipeline ||= promotion.way === "active" || promotion.way === "paused";
        // Whoever said yes looked at another pipeline.
        for (const { yes } of this.promotions.values())
          for (const [by, { pipeline }] of yes) if (pipeline !== this.pipelineDigest) yes.delete(by);
        break;
      case "ReleasePublished": {
        const manifest = data.manifest as { version: string; commit?: string; components: { sha256: string }[] };
        const artifacts = manifest.components.map(({ sha256 }) => sha256);
        const { version, commit } = manifest;
        this.releases.set(version, { publisher: event.actor, at, digest: String(data.digest), artifacts, commit });
        break;
      }
      case "ReleaseWithdrawn":
        this.withdrawn.add(String(data.version));
        break;
      case "ArtifactWithdrawn":
        this.artifacts.add(String(data.sha256));
        for (const version of data.versions as readonly string[]) this.withdrawn.add(version);
        break;
      case "PolicyAdopted":
        this.policies.set(String(data.name), data.policy as unknown as Policy);
        break;
      case "PolicyDropped":
        this.policies.delete(String(data.name));
        break;
      case "IssueOpened":
        this.issues.set(String(data.id), { version: String(data.version), severity: String(data.severity) });
        break;
      case "IssueResolved":
        this.issues.delete(String(data.id));
        this.resolved.add(String(data.id));
        break;
      case "CheckReported": {
        const key =
          data.stage === undefined ? `${data.version} ${data.name}` : `${data.version} ${data.stage}/${data.name}`;
        const groups = data.groups as readonly string[];
        this.checks.set(key, { passed: data.result === "pass", at, by: event.actor, groups });
        break;
      }
      case "StageFrozen": {
        const until = data.until === undefined ? Number.POSITIVE_INFINITY : fromRfc3339(String(data.until));
        this.stage(String(data.stage)).frozen = { until };
        break;
      }
      case "StageThawed":
        this.stage(String(data.stage)).frozen = undefined;
        break;
      case "ApplicationFrozen":
        this.frozenUntil = data.until === undefined ? Number.POSITIVE_INFINITY : fromRfc3339(String(data.until));
        break;
      case "ApplicationThawed":
        this.frozenUntil = 0;
        break;
      case "AutoPromotionHeld":
        this.stage(String(data.stage)).chosen = String(data.id);
        break;
      case "AutoPromotionResumed":
        this.stage(String(data.stage)).chosen = undefined;
        break;
      case "FeedsPublished":
        this.publishedUpTo = Number(data.upTo);
        for (const promotion of this.promotions.values())
          if (promotion.shareSeq <= this.publishedUpTo) {
            promotion.publishedAt ??= at;
            promotion.publishedShare = promotion.share;
            promotion.publishedWave = promotion.wave;
          }
        for (const stage of this.#stages.values()) publishWayBack(stage, this.publishedUpTo, at);
        break;
      case "WayBackRaised":
        raiseWayBack(this.stage(String(data.stage)), event);
        break;
      case "TargetApplied":
      case "TargetFailed":
        tellOfTarget(this, event);
        break;
      default:
        tellOfPromotion(this, event, at);
        tellOfRequest(this, event, at);
        this.outside.hear(event, at);
    }
    this.seq = event.seq;
    this.at = at;
  }

  /** Reads on in the log, up to an event. */
  readTo(world: World, seq: number): void {
    for (const event of world.log().slice(this.seq, seq)) this.hear(event);
  }

  /** Reads on to the end of the log. @param before is asked of every event while it is not yet heard. @returns its first answer */
  readOn(world: World, before: (event: SealedEvent) => string | undefined): string | undefined {
    for (const event of world.log().slice(this.seq)) {
      const wrong = before(event);
      if (wrong !== undefined) return `event ${event.seq}, ${event.type}: ${wrong}`;
      this.hear(event);
    }
    return undefined;
  }
}
