import type { ApplicationFact } from "@sluice/core/application/events.ts";
import { sha256Hex } from "@sluice/core/log/digest.ts";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { ServerFact } from "@sluice/core/rules/server-log.ts";
import { printable, share, shortDigest } from "../output/text.ts";
import { byPlans } from "./by-plans.ts";

/** How an event is to be taken: `good` and `bad` news stand out, `quiet` is the machinery at work. */
export type Tone = "good" | "bad" | "plain" | "quiet";

/** An event as a sentence for people, without who and when. One line, safe to print. */
export function describeEvent(event: SealedEvent): { readonly text: string; readonly tone: Tone } {
  const [tone, text] = sentence({ type: event.type, data: event.data } as ApplicationFact | ServerFact);
  return { tone, text: printable(text).replaceAll("\n", " ") };
}

function sentence(fact: ApplicationFact | ServerFact): [Tone, string] {
  switch (fact.type) {
    case "PipelineApplied":
      return ["plain", `pipeline applied: ${fact.data.pipeline.stages.map((stage) => stage.name).join(" → ")}`];
    case "ReleasePublished":
      return ["plain", `${fact.data.manifest.version} published (${shortDigest(fact.data.digest)})`];
    case "ReleaseWithdrawn":
      return ["bad", `${fact.data.version} withdrawn: ${fact.data.reason}`];
    case "ArtifactWithdrawn": {
      const { sha256, reason, versions } = fact.data;
      return [
        "bad",
        `artifact ${sha256} withdrawn${versions.length === 0 ? "" : `, and with it ${versions.join(", ")}`}: ${reason}`,
      ];
    }
    case "PromotionRequested":
      return [
        "quiet",
        `${fact.data.version} is to enter ${fact.data.stage}${fact.data.manual ? ", asked for by hand" : ""} (${fact.data.id})`,
      ];
    case "PromotionOverridden":
      return [
        "bad",
        `OVERRIDE: ${fact.data.version} enters ${fact.data.stage} past its gates${fact.data.policies === true ? " and the policies" : ""}: ${fact.data.reason}`,
      ];
    case "PromotionApproved":
      return [
        "good",
        `${fact.data.version} approved for ${fact.data.stage}${byPlans(fact.data.plans)}${comment(fact.data.comment)}`,
      ];
    case "PromotionRejected":
      return ["bad", `${fact.data.version} rejected for ${fact.data.stage}${comment(fact.data.comment)}`];
    case "ApprovalVoided": {
      const { approver, version, stage, reason } = fact.data;
      return ["bad", `approval of ${version} for ${stage} by ${approver} counts no more: ${reason}`];
    }
    case "CheckReported": {
      const { version, name, stage, result, url } = fact.data;
      const what = stage === undefined ? name : `${name} of ${stage}`;
      const link = url === undefined ? "" : ` (${url})`;
      return [
        result === "pass" ? "good" : "bad",
        `${what}: ${result} for ${version}${link}${comment(fact.data.comment)}`,
      ];
    }
    case "ItemProbed": {
      const { version, item, stage, result, reason } = fact.data;
      return [
        result === "fail" ? "bad" : "quiet",
        `${item.replaceAll("{version}", version)} of ${stage} answered for ${version}: ${result}, ${reason}`,
      ];
    }
    case "PromotionStarted":
      return ["quiet", `${fact.data.version} enters ${fact.data.stage}: ${gatesOf(fact.data.gates)}`];
    case "ExposureRaised":
      return ["plain", `${fact.data.version} goes to ${share(fact.data.to)} of ${fact.data.stage}`];
    case "WaveBegun": {
      const { version, stage, wave, of, name, to } = fact.data;
      const first = to === 0 ? "" : `, for ${share(to)} of it`;
      return ["plain", `${version} begins wave ${name} (${wave} of ${of}) of ${stage}${first}`];
    }
    case "RationGranted":
      return ["plain", `${fact.data.version} in ${fact.data.stage}: ${atRisk(fact.data.most)}`];
    case "GroupHalted":
      return ["bad", `${fact.data.version} halted in ${fact.data.stage} for clients with ${fact.data.group}`];
    case "PromotionPaused":
      return ["bad", `${fact.data.version} paused in ${fact.data.stage}: ${fact.data.reason || fact.data.cause}`];
    case "RolloutHalted":
      return [
        "bad",
        `${fact.data.version} halted in ${fact.data.stage}${because(fact.data.reason)}: nobody new is offered it`,
      ];
    case "PromotionResumed":
      return [
        "plain",
        `${fact.data.version} goes on in ${fact.data.stage}${fact.data.reason === "" ? "" : `: ${fact.data.reason}`}`,
      ];
    case "MeasurementTaken": {
      const { analysis, version, stage, verdict, reason, counted } = fact.data;
      return [
        verdict === "pass" ? "quiet" : verdict === "fail" ? "bad" : "plain",
        `${analysis} of ${version} in ${stage}: ${verdict}: ${reason} (${counted})`,
      ];
    }
    case "PromotionVerified": {
      const { version, stage, window, of } = fact.data;
      return window === of
        ? ["good", `${version} is verified in ${stage}`]
        : ["quiet", `${version} has passed window ${window} of ${of} of its verification in ${stage}`];
    }
    case "PromotionCompleted":
      return ["good", `${fact.data.version} is live in ${fact.data.stage}`];
    case "PromotionRolledBack":
      return [
        "bad",
        `${fact.data.version} rolled back in ${fact.data.stage} to ${fact.data.to ?? "nothing"}${fact.data.staged === undefined ? "" : ", clients by and by"}: ${fact.data.reason}`,
      ];
    case "RollbackRequested": {
      const { id, stage, version, to, staged, reason } = fact.data;
      const how = staged === undefined ? "" : ", clients by and by";
      return [
        "bad",
        `${id}: ${stage} is to go back from ${version} to ${to ?? "nothing"}${how}, if approved: ${reason}`,
      ];
    }
    case "RollbackApproved":
      return ["good", `${fact.data.id} of ${fact.data.stage} approved${comment(fact.data.comment)}`];
    case "RollbackRejected":
      return ["bad", `${fact.data.id} of ${fact.data.stage} rejected${comment(fact.data.comment)}`];
    case "RollbackApprovalVoided": {
      const { id, stage, approver, reason } = fact.data;
      return ["bad", `approval of ${id} of ${stage} by ${approver} counts no more: ${reason}`];
    }
    case "RollbackRequestLapsed":
      return ["plain", `${fact.data.id} of ${fact.data.stage} is void: ${fact.data.reason}`];
    case "WayBackRaised":
      return [
        "plain",
        `${share(fact.data.to)} of the clients of ${fact.data.stage} that have ${fact.data.versions.join(", ")} are sent back`,
      ];
    case "PromotionAborted":
      return ["bad", `${fact.data.version} does not enter ${fact.data.stage}: ${fact.data.reason || fact.data.cause}`];
    case "PromotionSuperseded":
      return ["quiet", `${fact.data.version} gives way in ${fact.data.stage} to ${fact.data.by}`];
    case "PolicyAdopted":
      return ["plain", `policy ${fact.data.name} of ${fact.data.by} holds here`];
    case "PolicyDropped":
      return ["plain", `policy ${fact.data.name} holds here no more, by ${fact.data.by}`];
    case "SoakClockStarted":
      return ["quiet", `${fact.data.version} is well: its soak for ${fact.data.stage} runs (${fact.data.reason})`];
    case "SoakClockStopped":
      return ["bad", `the soak of ${fact.data.version} for ${fact.data.stage} stands: ${fact.data.reason}`];
    case "PromotionAskedFor":
      return ["plain", `${fact.data.version} asked for by hand for ${fact.data.stage} (${fact.data.id})`];
    case "HookCreated":
      return ["plain", `hook ${fact.data.id} made for ${fact.data.repository}`];
    case "HookRemoved":
      return ["plain", `hook ${fact.data.id} for ${fact.data.repository} removed`];
    case "TagPushed":
      return ["plain", `tag ${fact.data.tag} pushed to ${fact.data.repository}${at(fact.data.commit)}`];
    case "TagDeleted":
      return ["plain", `tag ${fact.data.tag} deleted in ${fact.data.repository}`];
    case "CommitMerged":
      return ["plain", `${shortDigest(fact.data.commit)} merged into ${fact.data.branch} of ${fact.data.repository}`];
    case "StageFrozen":
      return [
        "bad",
        `${fact.data.stage} frozen${fact.data.until === undefined ? "" : ` until ${fact.data.until}`}: ${fact.data.reason}`,
      ];
    case "StageThawed":
      return ["good", `${fact.data.stage} thawed`];
    case "ApplicationFrozen":
      return [
        "bad",
        `every stage frozen${fact.data.until === undefined ? "" : ` until ${fact.data.until}`}: ${fact.data.reason}`,
      ];
    case "ApplicationThawed":
      return ["good", "the freeze of every stage ended"];
    case "AutoPromotionHeld": {
      const { stage, version, newer } = fact.data;
      return ["bad", `${stage} held: ${version} was promoted by hand, and ${newer} does not follow by itself`];
    }
    case "AutoPromotionResumed":
      return ["good", `${fact.data.stage} takes releases by itself again`];
    case "IssueOpened":
      return ["bad", `${fact.data.id} opened against ${fact.data.version} (${fact.data.severity}): ${fact.data.title}`];
    case "IssueResolved":
      return ["good", `${fact.data.id} resolved${comment(fact.data.comment)}`];
    case "FeedsPublished":
      return ["quiet", `feeds signed and published: ${Object.keys(fact.data.feeds).join(", ")}`];
    case "TargetApplied":
      return ["quiet", `${fact.data.target} of ${fact.data.stage} has ${contentText(fact.data)}`];
    case "PromotionPlanned": {
      const { target, stage, version, changes, text } = fact.data;
      const would =
        changes === null ? `could not be asked: ${text}` : changes ? "would change something" : "would change nothing";
      return [
        changes === null ? "bad" : "quiet",
        `${target} of ${stage} was planned for ${version}: it ${would} (${shortDigest(sha256Hex(text))})`,
      ];
    }
    case "DiscoveryProblemFound": {
      const { source, version, reason } = fact.data;
      return ["bad", `problem with ${version === undefined ? "" : `${version} in `}${source}: ${reason}`];
    }
    case "TargetDeferred":
      return ["quiet", `${fact.data.target} of ${fact.data.stage} waits: ${fact.data.reason}`];
    case "TargetFailed":
      return [
        "bad",
        `${fact.data.target} of ${fact.data.stage} failed${fact.data.retryable ? ", to be tried again" : ""}: ${fact.data.reason}`,
      ];
    case "DriftFound":
      return [
        "bad",
        `${fact.data.target} of ${fact.data.stage} has drifted from ${fact.data.version}: ${fact.data.text}`,
      ];
    case "DriftGone":
      return ["good", `${fact.data.target} of ${fact.data.stage} has drifted no more`];
    case "PeopleTold": {
      const { about, to, missed } = fact.data;
      const reached = to.length === 0 ? "nobody" : to.join(", ");
      const failed = missed.length === 0 ? "" : `; could not reach ${missed.join(", ")}`;
      return [missed.length === 0 ? "plain" : "bad", `told ${reached} of event ${about}${failed}`];
    }
    case "TokenCreated":
      return [
        "plain",
        `token ${fact.data.name} made, role ${fact.data.role}${fact.data.groups === undefined ? "" : ` of ${fact.data.groups.join(", ")}`}${fact.data.apps === undefined ? "" : ` for ${fact.data.apps.join(", ")}`}${fact.data.stages === undefined ? "" : ` in ${fact.data.stages.join(", ")}`}`,
      ];
    case "ArtifactForbidden":
      return ["bad", `artifact ${fact.data.sha256} withdrawn in every application: ${fact.data.reason}`];
    case "PolicyApplied":
      return ["plain", `policy ${fact.data.policy.name} applied to ${fact.data.policy.apps.join(", ")}`];
    case "PolicyRemoved":
      return ["bad", `policy ${fact.data.name} removed: ${fact.data.reason}`];
    case "TokenRevoked":
      return ["plain", `token ${fact.data.name} revoked`];
    default:
      // A newer server may know more; the log is shown all the same.
      return ["plain", (fact satisfies never as { type: string }).type];
  }
}

function comment(text: string): string {
  return text === "" ? "" : `: ${text}`;
}

function contentText({ main, trial }: Extract<ApplicationFact, { type: "TargetApplied" }>["data"]): string {
  const rest = trial === undefined ? "" : `, and ${trial.version} for ${share(trial.basisPoints)}`;
  return `${main ?? "no release"}${rest}`;
}

function at(commit: string | undefined): string {
  return commit === undefined ? "" : ` at ${shortDigest(commit)}`;
}

function gatesOf(gates: readonly { readonly gate: string; readonly verdict: string }[]): string {
  const open = gates.filter((gate) => gate.verdict === "pass").length;
  return open === gates.length ? `all ${gates.length} gates open` : `${open} of ${gates.length} gates open`;
}

function atRisk(most: number | null): string {
  return most === null
    ? "any number of clients may be at risk at once"
    : `up to ${most} clients may be at risk at once`;
}

function because(reason: string): string {
  return reason === "" ? "" : ` (${reason})`;
}
