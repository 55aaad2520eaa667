import type { Random } from "../fleet/random.ts";
import { type FaultName, faultNames, type Weather } from "../world/faults.ts";
import { drawFocus, type Focus } from "./focus/focus.ts";
import { drawFocusedPipeline } from "./focus/pipeline.ts";
import { drawSmall, drawStorm } from "./focus/shape.ts";
import { approvers } from "./people.ts";
import { drawPipeline } from "./pipeline/draw.ts";
import { firstStages } from "./pipeline/first-stages.ts";

/** The shape of one history, all drawn from its seed: the pipeline, the fleet, the faults and how often they come. */
export interface Shape {
  /** What it is about; absent: about everything. */
  readonly focus?: Focus;
  /** Whether anybody does anything beside publishing. */
  readonly hasPeople: boolean;
  /** The pipeline file at the beginning. */
  readonly source: string;
  readonly clientsPerStage: number;
  /** Some histories have more clients than that. */
  readonly mayCrowd: boolean;
  readonly pollMs: number;
  readonly days: number;
  /** On the average. */
  readonly publishEveryMs: number;
  /** How many servers share the disk. */
  readonly servers: number;
  /** Whether they ask for a lease to lead; otherwise each believes that it does. */
  readonly leases: boolean;
  /** Whether the first stage of the pipeline at the end pays with evidence. */
  readonly endsWithEvidence: boolean;
  /** Whether the later stages of it have waves, and whether its release is taken back by and by. */
  readonly endsWithWaves: boolean;
  readonly goesBackByAndBy: boolean;
  /** How many machines are looked after by the production agent. */
  readonly agents: number;
  /** How likely a release is not healthy on such a machine, although it is good everywhere else. */
  readonly unhealthyOnMachines: number;
  readonly weather: Weather;
  readonly badReleases: number;
  /** How many stages a pipeline has at most, also one that people edit. */
  readonly mostStages: number;
  /** So many days pass at the beginning in which nobody publishes or does anything, although it is drawn. */
  readonly idleDays: number;
  /** Who says yes to whatever waits, in the hour in which it is asked for. */
  readonly eager: readonly string[];
}

/** What of a drawn shape is left out, to find the shortest history that still fails. */
export interface Limits {
  readonly without: readonly FaultName[];
  readonly days?: number;
  readonly clients?: number;
  readonly servers?: number;
  /** Machines that are looked after by the production agent. */
  readonly agents?: number;
  /** Stages of every pipeline; the first ones stay. */
  readonly stages?: number;
  /** So many days pass at the beginning in which nobody publishes or does anything. */
  readonly idle?: number;
}

const minute = 60_000;
const hour = 60 * minute;

/**
 * Draws the shape of a history. Some histories have a fault often, some never: what is rare together is found apart.
 * @param asked what stages ask of the world outside is drawn with
 * @param focusing what the history is about is drawn with
 */
export function drawShape(random: Random, limits: Limits, asked: Random, focusing: Random): Shape {
  const sometimes = (most: number) => (random.chance(0.5) ? 0 : random.fraction() * most);
  const mostly = (most: number) => (random.chance(0.2) ? 0 : random.fraction() * most);
  const mostStages = limits.stages ?? Number.POSITIVE_INFINITY;
  const focus = drawFocus(focusing);
  const everything = drawPipeline(random, asked);
  const source = firstStages(focus === undefined ? everything : drawFocusedPipeline(focus, focusing), mostStages);
  const general = {
    clientsPerStage: 1 + random.below(20),
    pollMs: (1 + random.below(12)) * hour,
    days: 3 + random.below(6),
    publishEveryMs: (2 + random.below(46)) * hour,
    servers: random.chance(0.4) ? 2 : 1,
    badReleases: random.fraction() * 0.6,
    eager: random.chance(0.3) ? [] : approvers.filter(() => random.chance(0.6)),
    leases: random.chance(0.6),
    endsWithEvidence: random.chance(0.4),
    agents: random.chance(0.3) ? 0 : 1 + random.below(2),
    unhealthyOnMachines: random.chance(0.3) ? 0 : random.fraction() * 0.5,
  };
  const drawn = focus === undefined ? general : { ...general, ...drawSmall(focus, focusing) };
  const weather: Weather = {
    crash: sometimes(0.08),
    stall: random.chance(0.5) ? 0 : random.fraction() * 0.2,
    diskFull: sometimes(0.05),
    publishingFails: sometimes(0.05),
    targetsFail: sometimes(0.15),
    monitorFails: sometimes(0.5),
    clockJump: sometimes(0.02),
    clockErrorMs: random.below(3 * hour),
    answerLost: sometimes(0.1),
    slowMs: random.chance(0.5) ? 0 : random.below(random.chance(0.2) ? 20 * minute : 2_000),
    person: random.chance(0.3) ? 0 : random.fraction() * (random.chance(0.3) ? 0.8 : 0.25),
    lostReports: sometimes(0.3),
    doubledReports: sometimes(0.3),
    silentClients: random.chance(0.7) ? 0 : random.fraction() * 0.15,
    agentDies: random.chance(0.3) ? 0 : random.fraction() * 0.3,
    agentDiskFull: sometimes(0.05),
    cutConnections: sometimes(random.chance(0.2) ? 0.8 : 0.2),
    effectMs: random.chance(0.6) ? 5 * minute : minute + random.below(3 * hour),
    clockDrift: sometimes(0.000_1),
    meddling: mostly(0.4),
    targetsWait: mostly(0.5),
    targetsBlink: mostly(0.4),
    newsLost: sometimes(0.5),
    restarts: sometimes(0.03),
    readsFail: sometimes(random.chance(0.2) ? 0.4 : 0.1),
    slowReadsMs: random.chance(0.5) ? 0 : random.below(2_000),
  };
  const atTheEnd = { endsWithWaves: random.chance(0.4), goesBackByAndBy: random.chance(0.4) };
  const without = Object.fromEntries(
    faultNames.filter((name) => limits.without.includes(name)).map((name) => [name, 0]),
  );
  return {
    ...drawn,
    ...atTheEnd,
    ...(focus === undefined ? {} : { focus }),
    hasPeople: (focus !== undefined || weather.person > 0) && !limits.without.includes("person"),
    source,
    mostStages,
    idleDays: limits.idle ?? 0,
    days: Math.min(drawn.days, limits.days ?? drawn.days),
    mayCrowd: limits.clients === undefined,
    clientsPerStage: Math.min(drawn.clientsPerStage, limits.clients ?? drawn.clientsPerStage),
    agents: Math.min(drawn.agents, limits.clients ?? drawn.agents, limits.agents ?? drawn.agents),
    servers: Math.min(drawn.servers, limits.servers ?? drawn.servers),
    weather: { ...weather, ...(focus === undefined ? {} : drawStorm(focus, focusing)), ...without },
  };
}
