import type { ApplicationFact, ApplicationFactType } from "@sluice/core/application/events.ts";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import { shareText } from "./share.ts";

/** A release in a sentence, to be pointed at; with a stage it can be asked why it stands there as it does. */
export interface Mention {
  readonly version: string;
  readonly stage?: string;
}

/** How an event is to be taken: `routine` is what only keeps the machinery going. */
export type Tone = "neutral" | "good" | "bad" | "held" | "routine";

/** What the actor did, as a sentence that begins after their name. */
export interface Sentence {
  readonly tone: Tone;
  readonly parts: readonly (string | Mention)[];
}

type DataOf<Type extends ApplicationFactType> = Extract<ApplicationFact, { type: Type }>["data"];

function say(tone: Tone, ...parts: (string | Mention)[]): Sentence {
  return { tone, parts };
}

/** One entry for every fact of the domain: a new fact does not compile here until it has its words. */
const sentences: { readonly [Type in ApplicationFactType]: (data: DataOf<Type>) => Sentence } = {
  PipelineApplied: ({ pipeline }) =>
    say("neutral", `applied the pipeline ${pipeline.stages.map((stage) => stage.name).join(" → ")}`),
  ReleasePublished: ({ manifest }) => say("neutral", "published ", { version: manifest.version }),
  ReleaseWithdrawn: ({ version, reason }) => say("bad", "withdrew ", { version }, ` everywhere: ${reason}`),
  ArtifactWithdrawn: ({ sha256, versions, reason }) =>
    say(
      "bad",
      `withdrew the artifact ${sha256.slice(0, 12)}`,
      ...versions.flatMap((version, i) => [i === 0 ? " and with it " : ", ", { version }]),
      `: ${reason}`,
    ),
  PromotionRequested: ({ manual, version, stage }) =>
    say("neutral", manual ? "asked for " : "lined up ", { version, stage }, ` for ${stage}`),
  PromotionOverridden: ({ version, stage, reason }) =>
    say("bad", `overrode the gates of ${stage} for `, { version, stage }, `: ${reason}`),
  PromotionApproved: ({ version, stage, comment }) =>
    say("good", "approved ", { version, stage }, ` for ${stage}${comment === "" ? "" : `: ${comment}`}`),
  PromotionRejected: ({ version, stage, comment }) =>
    say("held", "rejected ", { version, stage }, ` for ${stage}: ${comment}`),
  ApprovalVoided: ({ version, stage, approver, reason }) =>
    say("held", `voided the approval of ${approver} of `, { version, stage }, ` for ${stage}: ${reason}`),
  CheckReported: ({ version, name, stage, result, comment }) => {
    const where = stage === undefined ? "" : ` for ${stage}`;
    const words = comment === "" ? "" : `: ${comment}`;
    return say(
      result === "pass" ? "good" : "bad",
      `reported ${name} of `,
      { version },
      ` as a ${result}${where}${words}`,
    );
  },
  ItemProbed: ({ version, stage, item, result, reason }) =>
    say(
      result === "fail" ? "bad" : "routine",
      `looked at ${item.replaceAll("{version}", version)} of `,
      { version, stage },
      ` for ${stage}: ${reason}`,
    ),
  PromotionStarted: ({ version, stage }) => say("neutral", "began to roll out ", { version, stage }, ` in ${stage}`),
  ExposureRaised: ({ version, stage, from, to }) =>
    say("neutral", "raised ", { version, stage }, ` in ${stage} from ${shareText(from)} to ${shareText(to)}`),
  WaveBegun: ({ version, stage, wave, of, name }) =>
    say("neutral", "began ", { version, stage }, ` in wave ${name} (${wave} of ${of}) of ${stage}`),
  RationGranted: ({ version, stage, most }) =>
    say(
      "neutral",
      most === null ? "let any number of clients at once have " : `let up to ${most} clients at once have `,
      { version, stage },
      ` in ${stage}`,
    ),
  GroupHalted: ({ version, stage, group }) =>
    say("held", "halted ", { version, stage }, ` in ${stage} for clients with ${group}`),
  PromotionPaused: ({ version, stage, reason }) =>
    say("held", "paused ", { version, stage }, ` in ${stage}: ${reason}`),
  RolloutHalted: ({ version, stage, reason }) =>
    say("held", "halted ", { version, stage }, ` in ${stage}${reason === "" ? "" : `: ${reason}`}`),
  PromotionResumed: ({ version, stage, reason }) =>
    say("neutral", "resumed ", { version, stage }, ` in ${stage}${reason === "" ? "" : `: ${reason}`}`),
  MeasurementTaken: ({ analysis, version, stage, verdict, reason }) =>
    say(
      verdict === "pass" ? "routine" : verdict === "fail" ? "bad" : "held",
      `measured ${analysis} of `,
      { version, stage },
      ` in ${stage}: ${verdict}, ${reason}`,
    ),
  PromotionVerified: ({ version, stage, window, of }) =>
    window === of
      ? say("good", "verified ", { version, stage }, ` in ${stage}`)
      : say("neutral", `passed window ${window} of ${of} of the verification of `, { version, stage }, ` in ${stage}`),
  PromotionCompleted: ({ version, stage }) => say("good", "made ", { version, stage }, ` live in ${stage}`),
  PromotionRolledBack: ({ version, stage, to, reason, staged }) => {
    const after: (string | Mention)[] = to === null ? [", which has no release now"] : [" to ", { version: to, stage }];
    return say(
      "bad",
      "rolled back ",
      { version, stage },
      ` in ${stage}`,
      ...after,
      `${staged === undefined ? "" : ", clients by and by"}: ${reason}`,
    );
  },
  WayBackRaised: ({ versions, stage, to }) =>
    say("neutral", `sent back ${shareText(to)} of the clients in ${stage} that have ${versions.join(", ")}`),
  RollbackRequested: ({ version, stage, to, reason }) =>
    say("held", `asked that ${stage} go back from `, { version, stage }, ` to ${to ?? "nothing"}: ${reason}`),
  RollbackApproved: ({ id, version, stage, comment }) =>
    say("good", `approved ${id}: `, { version, stage }, ` leaves ${stage}${comment === "" ? "" : `: ${comment}`}`),
  RollbackRejected: ({ id, version, stage, comment }) =>
    say("held", `rejected ${id}: `, { version, stage }, ` stays in ${stage}: ${comment}`),
  RollbackApprovalVoided: ({ id, stage, approver, reason }) =>
    say("held", `voided the approval of ${approver} of ${id} in ${stage}: ${reason}`),
  RollbackRequestLapsed: ({ id, stage, reason }) => say("neutral", `closed ${id} of ${stage}: ${reason}`),
  PromotionAborted: ({ version, stage, reason }) =>
    say("held", "took ", { version, stage }, ` out of the line for ${stage}: ${reason}`),
  PromotionSuperseded: ({ version, stage, by }) =>
    say("neutral", "let ", { version, stage }, ` in ${stage} give way to ${by}`),
  PolicyAdopted: ({ name, by }) => say("neutral", `took over policy ${name} of ${by}`),
  PolicyDropped: ({ name, by }) => say("neutral", `dropped policy ${name}, as ${by} said`),
  SoakClockStarted: ({ version, stage, reason }) =>
    say("neutral", "started the soak clock of ", { version, stage }, ` for ${stage}: ${reason}`),
  SoakClockStopped: ({ version, stage, reason }) =>
    say("held", "stopped the soak clock of ", { version, stage }, ` for ${stage}: ${reason}`),
  PromotionAskedFor: ({ version, stage }) => say("neutral", "asked for ", { version, stage }, ` for ${stage}`),
  HookCreated: ({ id, repository }) => say("neutral", `made the hook ${id} for ${repository}`),
  HookRemoved: ({ id, repository }) => say("neutral", `removed the hook ${id} for ${repository}`),
  TagPushed: ({ tag, commit, repository }) =>
    say("neutral", `pushed the tag ${tag}${commit === undefined ? "" : ` at ${commit.slice(0, 12)}`} to ${repository}`),
  TagDeleted: ({ tag, repository }) => say("neutral", `deleted the tag ${tag} in ${repository}`),
  CommitMerged: ({ commit, branch, repository }) =>
    say("neutral", `merged ${commit.slice(0, 12)} into ${branch} of ${repository}`),
  StageFrozen: ({ stage, reason, until }) =>
    say("bad", `froze ${stage}${until === undefined ? "" : ` until ${until}`}: ${reason}`),
  StageThawed: ({ stage }) => say("good", `thawed ${stage}`),
  ApplicationFrozen: ({ reason, until }) =>
    say("bad", `froze every stage${until === undefined ? "" : ` until ${until}`}: ${reason}`),
  ApplicationThawed: () => say("good", "ended the freeze of every stage"),
  AutoPromotionHeld: ({ stage, version, newer }) =>
    say(
      "held",
      "chose ",
      { version, stage },
      ` for ${stage} by hand, so `,
      { version: newer, stage },
      " does not follow by itself",
    ),
  AutoPromotionResumed: ({ stage }) => say("good", `let releases enter ${stage} by themselves again`),
  IssueOpened: ({ id, version, title, severity }) =>
    say("bad", `opened ${id} (${severity}) against `, { version }, `: ${title}`),
  IssueResolved: ({ id, comment }) => say("good", `resolved ${id}${comment === "" ? "" : `: ${comment}`}`),
  TargetApplied: ({ stage, target, main, trial }) =>
    say(
      "routine",
      `brought ${target} of ${stage} to `,
      main === null ? "no release" : { version: main, stage },
      ...(trial === undefined
        ? []
        : [" and ", { version: trial.version, stage }, ` at ${shareText(trial.basisPoints)}`]),
    ),
  PromotionPlanned: ({ stage, target, version, changes, text }) =>
    say(
      changes === null ? "held" : "routine",
      `planned ${target} of ${stage} for `,
      { version, stage },
      changes === null ? `, in vain: ${text}` : changes ? ": it would change something" : ": it would change nothing",
    ),
  DiscoveryProblemFound: ({ source, version, reason }) =>
    say("held", `found a problem with ${version === undefined ? "" : `${version} in `}${source}: ${reason}`),
  TargetDeferred: ({ stage, target, reason }) =>
    say("routine", `did its part for ${target} of ${stage}, and waits: ${reason}`),
  TargetFailed: ({ stage, target, retryable, reason }) =>
    say(retryable ? "held" : "bad", `could not move ${target} of ${stage}${retryable ? " yet" : ""}: ${reason}`),
  DriftFound: ({ stage, target, version, text }) =>
    say("bad", `found that ${target} of ${stage} has drifted from `, { version, stage }, `: ${text}`),
  DriftGone: ({ stage, target }) => say("good", `found that ${target} of ${stage} has drifted no more`),
  PeopleTold: ({ about, to, missed }) =>
    say(
      missed.length === 0 ? "routine" : "held",
      `told ${to.join(", ") || "nobody"} of event ${about}${missed.length === 0 ? "" : `; could not reach ${missed.join(", ")}`}`,
    ),
  FeedsPublished: ({ feeds }) => say("routine", `published the signed feeds of ${Object.keys(feeds).join(", ")}`),
};

/** An event in words. One of a kind that this console does not know, or not in the form it knows, is told by its name. */
export function sentenceOf(event: Pick<SealedEvent, "type" | "data">): Sentence {
  try {
    if (Object.hasOwn(sentences, event.type)) {
      const tell = sentences[event.type as ApplicationFactType] as (data: SealedEvent["data"]) => Sentence;
      return tell(event.data);
    }
  } catch {
    // A newer server may have changed the fact; its name is still true.
  }
  return say("neutral", `recorded “${event.type.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase()}”`);
}

/** A sentence as plain text. */
export function sentenceText(sentence: Sentence): string {
  return sentence.parts.map((part) => (typeof part === "string" ? part : part.version)).join("");
}
