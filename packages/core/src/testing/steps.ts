import type { Finding } from "../analysis/finding.ts";
import type { ClientCounts } from "../analysis/measurement.ts";
import type { ApplicationCommand, CommandOf } from "../application/commands.ts";
import type { ForgeChange } from "../forge/change.ts";
import { sha256Hex } from "../log/digest.ts";
import type { Pipeline } from "../pipeline/schema.ts";
import type { Severity } from "../pipeline/values.ts";
import type { Manifest } from "../release/manifest.ts";
import { parseDuration } from "../time/duration.ts";
import { manifestOf } from "./manifests.ts";
import type { World } from "./world.ts";

/** Something that a test does to a world: a command, or what is more than one. */
export type Step = ApplicationCommand | ((world: World) => void);

export function perform(world: World, step: Step): void {
  if (typeof step === "function") step(world);
  else world.must(step);
}

function ms(duration: string): number {
  const parsed = parseDuration(duration);
  if (parsed === undefined) throw new Error(`"${duration}" is no duration`);
  return parsed;
}

/** Time passes, and the controller does what becomes due on the way. */
export const passing =
  (duration: string): Step =>
  (world) =>
    world.pass(ms(duration));

/** Time passes while nobody looks. */
export const later =
  (duration: string): Step =>
  (world) => {
    world.now += ms(duration);
  };

/** Everything that can happen without time passing has happened. */
export const caughtUp: Step = (world) => world.catchUp();

/** The feeds that follow from the log so far are published; nothing else happens. */
export const feedsPublished: Step = (world) => {
  world.publishFeeds();
};

/** Clients report, and every measurement from now on counts them. */
export const reported =
  (counts: Parameters<World["report"]>[0]): Step =>
  (world) =>
    world.report(counts);

export const apply = (pipeline: Pipeline, source = ""): ApplicationCommand => ({
  type: "ApplyPipeline",
  pipeline,
  source,
});

export const publish = (version: string, more: Partial<Manifest> = {}): ApplicationCommand => ({
  type: "PublishRelease",
  manifest: manifestOf(version, more),
});

export const withdraw = (version: string, reason = "it harms"): ApplicationCommand => ({
  type: "WithdrawRelease",
  version,
  reason,
});

/** Without a digest of its own: the artifact that only the release of that version contains. */
export const withdrawArtifact = (version: string, more: { reason?: string; unseen?: boolean } = {}) =>
  ({
    type: "WithdrawArtifact",
    sha256: sha256Hex(version),
    reason: "it leaks",
    ...more,
  }) satisfies ApplicationCommand;

export const promote = (version: string, stage: string, override?: string): ApplicationCommand => ({
  type: "RequestPromotion",
  version,
  stage,
  ...(override === undefined ? {} : { override }),
});

/** What a person of some groups says of a promotion. */
export const approve = (id: string, groups: readonly string[] = [], comment = ""): CommandOf<"ApprovePromotion"> => ({
  type: "ApprovePromotion",
  id,
  groups,
  comment,
});

export const rejectIt = (
  id: string,
  groups: readonly string[] = [],
  comment = "not yet",
): CommandOf<"RejectPromotion"> => ({
  type: "RejectPromotion",
  id,
  groups,
  comment,
});

/** A check of a release, or an item of a checklist, is reported. */
export const report = (
  version: string,
  name: string,
  result: "pass" | "fail" = "pass",
  more: { readonly stage?: string; readonly groups?: readonly string[]; readonly comment?: string } = {},
): CommandOf<"ReportCheck"> => ({ type: "ReportCheck", version, name, result, groups: [], comment: "", ...more });

/** The server has looked at an item of a promotion's checklist, under the pipeline in force. */
export const probed =
  (id: string, item: string, verdict: Finding["verdict"] = "pass", reason = "answered 200"): Step =>
  (world) => {
    const pipeline = world.state.pipeline?.digest ?? "";
    const finding = { verdict, reason, evidence: { status: 200 } };
    world.must({ type: "RecordProbe", id, item, pipeline, finding }, "sluice");
  };

/** Somebody other than the one who does everything else gives a command. */
export const by =
  (actor: string, command: ApplicationCommand): Step =>
  (world) => {
    world.must(command, actor);
  };

export const revoke =
  (name: string): Step =>
  (world) =>
    world.revoke(name);

export const pause = (id: string): ApplicationCommand => ({ type: "PausePromotion", id, reason: "wait" });
export const resume = (id: string): ApplicationCommand => ({ type: "ResumePromotion", id, reason: "go on" });
export const abort = (id: string): ApplicationCommand => ({ type: "AbortPromotion", id, reason: "not this one" });

export const rollBack = (stage: string, to?: string, reason = "it harms"): CommandOf<"RollBack"> => ({
  type: "RollBack",
  stage,
  reason,
  ...(to === undefined ? {} : { to }),
});

/** The stage goes back, and its clients by and by. */
export const rollBackStaged = (stage: string, to?: string): ApplicationCommand => ({
  ...rollBack(stage, to),
  staged: true,
});

/** Somebody asks that a stage go back, for others to approve. */
export const askBack = (
  stage: string,
  { to, reason = "slow", staged }: { to?: string; reason?: string; staged?: boolean } = {},
): CommandOf<"RequestRollback"> => ({
  type: "RequestRollback",
  stage,
  reason,
  ...(to === undefined ? {} : { to }),
  ...(staged === undefined ? {} : { staged }),
});

/** What a person of some groups says of a rollback that was asked for. */
const answerBack =
  <Type extends "ApproveRollback" | "RejectRollback">(type: Type) =>
  (id: string, stage: string, groups: readonly string[] = [], comment = "seen") => ({
    type,
    id,
    stage,
    groups,
    comment,
  });

export const approveBack = answerBack("ApproveRollback");
export const rejectBack = answerBack("RejectRollback");

export const openIssue = (version: string, severity: Severity = "critical"): ApplicationCommand => ({
  type: "OpenIssue",
  version,
  severity,
  title: "It burns",
});

export const resolveIssue = (id: string): ApplicationCommand => ({ type: "ResolveIssue", id, comment: "it does not" });

export const freeze = (stage: string, until?: number, reason = "holidays"): ApplicationCommand => ({
  type: "FreezeStage",
  stage,
  reason,
  ...(until === undefined ? {} : { until }),
});

export const freezeAll = (until?: number, reason = "holidays"): ApplicationCommand => ({
  type: "FreezeApplication",
  reason,
  ...(until === undefined ? {} : { until }),
});

export const thaw = (stage: string): ApplicationCommand => ({ type: "ThawStage", stage });

export const advance = (...measurements: ClientCounts[]): ApplicationCommand => ({ type: "Advance", measurements });

/** What `stage`'s clients reported of `version`. */
export const counts = (stage: string, version: string, healthy: number, failed = 0): ClientCounts => ({
  stage,
  version,
  reached: healthy + failed,
  healthy,
  failed,
});

let deliveries = 0;

/** A forge tells of a tag or a merge: by a delivery of its own, unless another is given. */
export const forge = (
  change: ForgeChange,
  { delivery = `delivery-${++deliveries}`, body = delivery }: { delivery?: string; body?: string } = {},
): ApplicationCommand => ({ type: "RecordForgeChange", change, delivery, body, repository: "acme/app" });
