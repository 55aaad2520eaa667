import { nearestNames } from "@sluice/core/errors/nearest.ts";
import type { Pipeline } from "@sluice/core/pipeline/schema.ts";
import { parseDuration } from "@sluice/core/time/duration.ts";
import { type Comparison, comparisons } from "@sluice/sim/fleet/policies/catalogue.ts";
import { defaultFleet, type Fleet, type Scenario, scenarios } from "@sluice/sim/fleet/scenario.ts";
import { usage } from "../failure.ts";

/** As they were typed. */
export interface SimulateOptions {
  readonly file: string;
  readonly fleet: string;
  readonly failureRate?: string;
  readonly onset?: string;
  readonly scenario?: readonly string[];
  readonly compare?: readonly string[];
  readonly poll?: string;
  readonly report?: string;
  readonly silent?: string;
  readonly attributes: string;
  readonly attributeShare?: string;
  readonly runs: string;
  readonly seed: string;
  readonly svg?: string;
}

const clientsMost = 1_000_000;
const day = 86_400_000;

/** The clients of each stage: all but the last have 1 % of them, unless each is named. @throws Failure when it cannot be read */
export function fleetsFrom(options: SimulateOptions, pipeline: Pipeline): Fleet[] {
  const values = wholeNumber("--attributes", options.attributes, 1, 200);
  const model: Fleet = {
    ...defaultFleet,
    pollMs: options.poll === undefined ? pipeline.clients["check-every"] : duration("--poll", options.poll, 1_000),
    reportMs: options.report === undefined ? defaultFleet.reportMs : duration("--report", options.report, 1_000),
    silent: options.silent === undefined ? defaultFleet.silent : share("--silent", options.silent),
    attributeValues: values,
    firstValueShare: options.attributeShare === undefined ? 0.03 : share("--attribute-share", options.attributeShare),
  };
  const sizes = options.fleet.includes("=")
    ? namedSizes(options.fleet, pipeline)
    : sharedSizes(options.fleet, pipeline);
  return sizes.map((clients) => ({ ...model, clients }));
}

function sharedSizes(text: string, { stages }: Pipeline): number[] {
  const all = wholeNumber("--fleet", text, stages.length, clientsMost);
  const early = Math.max(1, Math.round(all / 100));
  const before = Math.min(early, Math.floor(all / stages.length));
  return stages.map((_, index) => (index < stages.length - 1 ? before : all - before * (stages.length - 1)));
}

function namedSizes(text: string, { stages }: Pipeline): number[] {
  const named = new Map(
    text.split(",").map((part): [string, string] => {
      const [name = "", size = ""] = part.split("=");
      return [name.trim(), size.trim()];
    }),
  );
  const names = stages.map(({ name }) => name);
  const unknown = [...named.keys()].find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw usage(`--fleet names the stage "${unknown}", which the pipeline does not have.`, {
      nearest: nearestNames(unknown, names),
    });
  return names.map((name) => {
    const size = named.get(name);
    if (size === undefined) throw usage(`--fleet does not say how many clients ${name} has.`);
    return wholeNumber(`--fleet ${name}`, size, 1, clientsMost);
  });
}

/** The scenarios to try: those named, or one release of the failure rate given, or all. @throws Failure for an unknown name */
export function scenariosFrom({ scenario, failureRate, onset }: SimulateOptions): (readonly [string, Scenario])[] {
  if (failureRate !== undefined) {
    const failure = share("--failure-rate", failureRate);
    const onsetMs = onset === undefined ? 0 : duration("--onset", onset, 0);
    const name = `${Number((failure * 100).toPrecision(4))}% fail${onsetMs > 0 ? ` after ${onset}` : ""}`;
    return [[name, { failure, onsetMs, attributeShare: 1, dark: false }]];
  }
  if (onset !== undefined)
    throw usage("--onset says when the clients of --failure-rate begin to fail: give that as well.");
  return named("--scenario", scenario, Object.entries(scenarios), ([name]) => name);
}

/** The policies to compare with: those named, or all; none for `none`. @throws Failure for an unknown name */
export function othersFrom({ compare }: SimulateOptions): readonly Comparison[] {
  if (compare?.length === 1 && compare[0] === "none") return [];
  return named("--compare", compare, comparisons, ({ policy }) => policy.name);
}

function named<T>(
  option: string,
  wanted: readonly string[] | undefined,
  all: readonly T[],
  nameOf: (one: T) => string,
) {
  if (wanted === undefined) return [...all];
  return wanted.map((name) => {
    const found = all.find((one) => nameOf(one) === name);
    if (found !== undefined) return found;
    throw usage(`${option} is "${name}". There are: ${all.map(nameOf).join(", ")}.`, {
      nearest: nearestNames(name, all.map(nameOf)),
    });
  });
}

/** Reads a whole number. @throws Failure when it is none, or out of bounds */
export function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw usage(`${option} is "${text}": give a whole number from ${least} to ${most}.`);
}

function share(option: string, text: string): number {
  const value = text.endsWith("%") ? Number(text.slice(0, -1)) / 100 : Number(text);
  if (/^\d*\.?\d+%?$/.test(text) && value >= 0 && value <= 1) return value;
  throw usage(`${option} is "${text}": give a share such as 2% or 0.02.`);
}

function duration(option: string, text: string, least: number): number {
  const value = parseDuration(text);
  if (value !== undefined && value >= least && value <= 30 * day) return value;
  throw usage(`${option} is "${text}": give a duration of at most 30 days, such as 7m or 6h.`);
}
