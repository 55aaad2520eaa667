import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { Recipient, Topic } from "@sluice/core/notifications/schema.ts";
import { fromRfc3339 } from "@sluice/core/time/instant.ts";
import { Chronicle } from "../chronicle/chronicle.ts";
import type { World } from "../world/world.ts";
import type { CheckerKind } from "./checker.ts";
import { undisturbed } from "./undisturbed.ts";

const hour = 3_600_000;
/** How often somebody is tried to be told before it is put down that they missed it. */
const tries = 4;
/** How long servers may tell by the pipeline before, in ms: they read it, and then the news. */
const adoptedMs = 60_000;
/** How many looks in a row have to be undisturbed: it may take an hour until somebody leads, and news are news for an hour. */
const calmLooks = 4;

/** Whoever is to be told of something is told, once by each life of a server, and the log says who was and who was not. */
export const peopleTold: CheckerKind = {
  guards: "who is to be told is told, once, and the log says who was",
  create() {
    const told = new Chronicle();
    const isCalm = undisturbed();
    let recipients: readonly Recipient[] = [];
    /** When they were named, in ms since the epoch. */
    let namedAt = 0;
    let lastAbout = 0;
    let seen = 0;
    let calm = 0;
    const reached = new Set<string>();
    /** Names who are owed each piece of news, by its event; and when that was, ms since the epoch by the right clock. */
    const owed = new Map<number, { readonly names: readonly string[]; readonly at: number }>();
    return (world) => {
      calm = isCalm(world) ? calm + 1 : 0;
      if (calm === 0) reached.clear();
      const { answerLost, readsFail } = world.faults.weather;
      const twice = answerLost + readsFail > 0 ? undefined : toldTwice(world, seen, calm > 0 ? reached : undefined);
      seen = world.recipients.told.length;
      if (twice !== undefined) return twice;
      const now = world.clock.now();
      const wrong = told.readOn(world, (event) => {
        const { type, data, seq } = event;
        if (type === "PipelineApplied") {
          recipients = (data.pipeline as { notifications?: readonly Recipient[] }).notifications ?? [];
          namedAt = fromRfc3339(event.at);
          owed.clear();
        }
        if (type === "PeopleTold") {
          const about = Number(data.about);
          if (about <= lastAbout) return `what event ${about} says was told before`;
          lastAbout = about;
          owed.delete(about);
          return saidSo(world, event);
        }
        const names = namesFor(told, recipients, event);
        const at = fromRfc3339(event.at);
        const fresh = Math.abs(at - now) < 4 * hour && at - namedAt > adoptedMs;
        if (names.length > 0 && fresh && calm >= calmLooks) owed.set(seq, { names, at: now });
        return undefined;
      });
      if (wrong !== undefined) return wrong;
      if (calm === 0) owed.clear();
      for (const [seq, { names, at }] of owed)
        if (now - at >= 2 * hour) return `nobody told ${names.join(", ")} of event ${seq}`;
      return undefined;
    };
  },
};

/** @param reached what each life of a server has told; undefined: it may have led twice since the look before */
function toldTwice(world: World, from: number, reached: Set<string> | undefined): string | undefined {
  // Of two servers that both believe that they lead, one may have put down what the other is about to tell.
  const isAlone = world.servers().length === 1 && world.faults.weather.slowReadsMs === 0;
  for (const { name, seq, life, heard, late } of world.recipients.told.slice(from)) {
    if (late && isAlone) return `${name} was told of event ${seq} although the log said that people were`;
    const key = `${name} ${seq} ${life}`;
    if (reached?.has(key)) return `${name} was told of event ${seq} twice`;
    // Whose answer was lost is told again.
    if (heard) reached?.add(key);
  }
  return undefined;
}

/** Whoever is said to have been reached was, and whoever was missed was tried often enough. */
function saidSo(world: World, { data }: SealedEvent): string | undefined {
  const about = Number(data.about);
  for (const name of data.to as readonly string[])
    if (!world.recipients.told.some((one) => one.name === name && one.seq === about))
      return `${name} was not told of event ${about}`;
  for (const name of data.missed as readonly string[])
    if ((world.recipients.refused.get(`${name} ${about}`) ?? 0) < tries)
      return `${name} would have heard of event ${about}, had it been tried`;
  return undefined;
}

/** Who is to be told of an event. */
function namesFor(told: Chronicle, recipients: readonly Recipient[], event: SealedEvent): string[] {
  const topic = topicOf(told, event);
  const stage = typeof event.data.stage === "string" ? event.data.stage : undefined;
  return recipients
    .filter(({ about }) => topic !== undefined && about.includes(topic))
    .filter(({ stages }) => stage === undefined || stages === undefined || stages.includes(stage))
    .map(({ name }) => name);
}

function topicOf(told: Chronicle, { type, data }: SealedEvent): Topic | undefined {
  switch (type) {
    case "PromotionOverridden":
      return "overrides";
    case "PromotionRolledBack":
      return "rollbacks";
    case "ReleaseWithdrawn":
      return "withdrawals";
    case "ArtifactWithdrawn":
      return (data.versions as readonly string[]).length > 0 ? "withdrawals" : undefined;
    case "StageFrozen":
    case "StageThawed":
    case "ApplicationFrozen":
    case "ApplicationThawed":
      return "freezes";
    case "PromotionRequested":
      return told.spec(String(data.stage))?.gates.some(({ approval }) => approval !== undefined) === true
        ? "approvals"
        : undefined;
    case "RollbackRequested":
      return "approvals";
    case "PromotionPaused":
      return "troubles";
    case "IssueOpened":
      return data.severity === "critical" ? "troubles" : undefined;
    case "PromotionCompleted":
      return "completions";
    default:
      return undefined;
  }
}
