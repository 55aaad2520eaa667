import { measuredAnalyses } from "@sluice/core/analysis/measured.ts";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { Stage } from "@sluice/core/pipeline/schema.ts";
import { outsideTargets } from "@sluice/core/targets/outside.ts";
import { rfc3339 } from "@sluice/core/time/instant.ts";
import { Chronicle } from "../chronicle/chronicle.ts";
import { closedToEnter, closedToGoOn, notAdmitted, openIssues } from "../chronicle/gates.ts";
import { ToldMeasurements } from "../chronicle/measurements.ts";
import { lapsesAt, openRequest } from "../chronicle/rollback-requests.ts";
import { nextShareBack, onTheWayBack } from "../chronicle/staged-ways-back.ts";
import type { ToldPromotion } from "../chronicle/told.ts";
import type { World } from "../world/world.ts";
import { calmness } from "./calmness.ts";
import type { CheckerKind } from "./checker.ts";
import { StagesInForce } from "./stages-in-force.ts";

const hour = 3_600_000;
/**
 * How long anything may be due while no server stands still, no clock jumps and every disk and publication works, in ms: another server may
 * have to come to lead first; and where clocks jump now and then, the log's time has to go on. Slow writes, some of whose answers are lost, come on top.
 */
const patienceMs = { steady: 2 * hour, jumping: 10 * hour } as const;
const slowWrites = 12;
/** How long it takes at most until there is an answer again, in ms: by whom the gate asks, and by the one who was asked before. */
const slowestAnswerMs = 2 * hour;

/** What changes every feed that follows from the log. */
const changing: ReadonlySet<SealedEvent["type"]> = new Set([
  "PromotionStarted",
  "PromotionCompleted",
  "PromotionRolledBack",
]);

/** What is due happens, whatever has failed before: what has changed is published, and what may enter a free stage, or go on in one, does. */
export const happensInTime: CheckerKind = {
  guards: "what is due happens in bounded time once nothing keeps it from happening",
  create() {
    const told = new Chronicle();
    const measurements = new ToldMeasurements();
    const pipeline = new StagesInForce();
    let changes: number[] = [];
    /** What is due → since when, by the right clock. */
    const due = new Map<string, number>();
    const isCalm = calmness();
    return (world) => {
      const now = world.clock.now();
      told.readOn(world, (event) => {
        if (changing.has(event.type)) changes.push(event.seq);
        pipeline.hear(event);
        // What is wrong with a measurement is another's business.
        measurements.hear(told, event);
        return undefined;
      });
      changes = changes.filter((seq) => seq > told.publishedUpTo);
      const [unpublished] = changes;
      const open = [
        ...(unpublished === undefined ? [] : [`event ${unpublished} is not published`]),
        ...freeToEnter(told, now),
        ...freeToGoOn(told, { measurements, pipeline, at: now }),
        ...dueToVerify(told, measurements, now),
        ...lapsed(told, now),
        ...dueBack(told, now),
        // With slow writes something is always a little late.
        ...dueToMeasure(told, world.monitor, now - slowWrites * world.faults.weather.slowMs),
        ...unanswered(told, now - slowestAnswerMs - world.faults.weather.clockErrorMs),
      ];
      const calm = isCalm(world);
      for (const known of due.keys()) if (!calm || !open.includes(known)) due.delete(known);
      const { clockJump, slowMs } = world.faults.weather;
      const most = (clockJump > 0 ? patienceMs.jumping : patienceMs.steady) + slowWrites * slowMs;
      for (const what of open) {
        const since = due.get(what) ?? now;
        due.set(what, since);
        if (now - since > most) return `for ${Math.round((now - since) / hour)} hours ${what}`;
      }
      return undefined;
    };
  },
};

/** Whether a stage's gates ask what clients said: of that nothing is known here. */
function asksClients({ gates }: Stage): boolean {
  return gates.some((gate) => gate["min-clients"] !== undefined || typeof gate.soak === "object");
}

/** Who waits at a free stage with every gate open. */
function freeToEnter(told: Chronicle, at: number): string[] {
  return [...told.promotions.values()]
    .filter(({ way, stage }) => way === "waiting" && told.stage(stage).active === undefined)
    .filter(({ stage }) => {
      const spec = told.spec(stage);
      return spec !== undefined && !asksClients(spec);
    })
    .filter((promotion) => closedToEnter(told, promotion, at, () => 0).length === 0)
    .map(({ id, version, stage }) => `${id} of ${version} waits, and nothing keeps it from ${stage}`);
}

/** Shares that have stood for long enough, with every gate open and every measurement good, where neither evidence nor waves nor other targets are waited for. */
function freeToGoOn(
  told: Chronicle,
  {
    measurements,
    pipeline,
    at,
  }: { readonly measurements: ToldMeasurements; readonly pipeline: StagesInForce; readonly at: number },
): string[] {
  return [...told.promotions.values()]
    .filter((promotion) => {
      const { way, stage, waves, share, publishedAt } = promotion;
      const spec = told.spec(stage);
      if (way !== "active" || waves.length > 0 || publishedAt === undefined || spec === undefined) return false;
      if (spec.rollout.evidence !== undefined || asksClients(spec) || outsideTargets(spec).length > 0) return false;
      if (spec.analysis.some(({ clients }) => clients !== undefined)) return false;
      if (at < publishedAt + (pipeline.holdOf(stage, share) ?? 0)) return false;
      const closed = closedToGoOn(told, promotion, at, () => 0);
      return closed.length === 0 && measurements.lacking(told, promotion, at) === undefined;
    })
    .map(({ id, version, stage, share }) => `${id} of ${version} has ${share}, and nothing keeps it back in ${stage}`);
}

/** Windows of verification that are over, with every measurement good, where no client is counted and nothing is known against the release. */
function dueToVerify(told: Chronicle, measurements: ToldMeasurements, at: number): string[] {
  return [...told.promotions.values()]
    .filter((promotion) => {
      const { id, stage, version, way, completedAt = 0, windows, windowsPassed } = promotion;
      const spec = told.spec(stage);
      const end = windows[windowsPassed];
      if (way !== "complete" || told.stage(stage).livePromotion !== id || end === undefined) return false;
      if (spec === undefined || spec.rollout.evidence !== undefined || at < completedAt + end) return false;
      if (spec.analysis.some(({ clients }) => clients !== undefined) || told.withdrawn.has(version)) return false;
      return openIssues(told, version, "info").length === 0 && measurements.lacking(told, promotion, at) === undefined;
    })
    .map(({ id, version, stage }) => `${id} of ${version} is live in ${stage}, and its verification is over`);
}

/** Requests for a rollback that nobody has decided in time. */
function lapsed(told: Chronicle, at: number): string[] {
  return told.stages
    .flatMap(({ name }) => openRequest(told, name) ?? [])
    .filter((request) => at >= lapsesAt(told, request))
    .map(({ id }) => `${id} waits, and has lapsed`);
}

/** Shares of ways back that are to rise. */
function dueBack(told: Chronicle, at: number): string[] {
  return told.stages.flatMap(({ name }) => {
    const stage = told.stage(name);
    const next = onTheWayBack(stage, told.withdrawn).length === 0 ? undefined : nextShareBack(stage);
    return next === undefined || next.at > at ? [] : [`the way back of ${name} to ${next.to} is due`];
  });
}

/** Analyses of what rolls out or is verified that nobody has asked about for longer than their interval. */
function dueToMeasure(told: Chronicle, { askedAt }: World["monitor"], at: number): string[] {
  return [...told.promotions.values()].flatMap(({ id, stage, version, way, publishedAt, startedAt, ...promotion }) => {
    const verifies = way === "complete" && told.stage(stage).livePromotion === id;
    const isMeasured = way === "active" || (verifies && promotion.windowsPassed < promotion.windows.length);
    const spec = told.spec(stage);
    // What other targets lack counts as not exposed, however long the feed has been there.
    if (spec === undefined || !isMeasured || publishedAt === undefined || outsideTargets(spec).length > 0) return [];
    return measuredAnalyses(spec).flatMap(({ name, config }) => {
      const asked =
        askedAt.get(`${stage} ${version} ${name}`) ?? Math.max(publishedAt, startedAt + config["initial-delay"]);
      const since = Math.max(asked, publishedAt);
      return at > since + config.interval
        ? [`${version} is not measured in ${stage} by ${name}, since ${rfc3339(since)}`]
        : [];
    });
  });
}

/** Of whom servers have no answer, although a gate asks for it, that counts or did until a while ago: by a wrong clock, or until the next one came. */
function unanswered(told: Chronicle, at: number): string[] {
  return [...told.promotions.values()]
    .filter((promotion) => promotion.way === "active" || (promotion.way === "waiting" && isAdmitted(told, promotion)))
    .filter(({ version, stage }) =>
      (told.spec(stage)?.gates ?? []).some((gate) => {
        const isUnknown = gate.git !== undefined && told.releases.get(version)?.commit === undefined;
        const answers = told.outside.foundFor(gate, `${version} ${stage}`, told.pipelineDigest, at);
        return !isUnknown && answers.includes(undefined);
      }),
    )
    .map(({ id }) => `nobody is asked what the gates of ${id} want to know`);
}

function isAdmitted(told: Chronicle, promotion: ToldPromotion): boolean {
  const before = told.before(promotion.stage);
  const wasThere = before === undefined || told.stage(before).complete.has(promotion.version);
  return wasThere && notAdmitted(told, promotion).length === 0;
}
