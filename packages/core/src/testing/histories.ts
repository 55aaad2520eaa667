import fc from "fast-check";
import type { Pipeline } from "../pipeline/schema.ts";
import { formatDuration } from "../time/duration.ts";
import { idOf, type Move, move } from "./move.ts";
import { peopleGates, peopleMoves } from "./people.ts";
import { pipelineOf, type StageInput } from "./pipelines.ts";
import * as step from "./steps.ts";

const versions = ["1.0.0", "1.1.0-beta.2", "1.1.0", "1.2.0", "2.0.0"] as const;
const stageNames = ["dev", "beta", "stable"] as const;

/** Durations in ms that fall before, on and after those of the pipelines below. */
const waits = [1, 999, 1_000, 2_000, 5_000, 60_000, 3_600_000] as const;
const durations = ["0s", "1s", "2s", "5s", "1m"] as const;

const version = fc.constantFrom(...versions);
const stage = fc.constantFrom(...stageNames);
const nth = fc.nat({ max: 8 });
const severity = fc.constantFrom("info" as const, "warning" as const, "critical" as const);

function rolloutOf(
  shares: readonly number[],
  holds: readonly string[],
  clients: boolean,
): Pick<Exclude<StageInput, string>, "rollout" | "analysis"> {
  const rising = [...new Set(shares)].filter((share) => share < 100).sort((a, b) => a - b);
  const steps = [...rising, 100].map((share, i) => ({ to: `${share}%`, hold: holds[i % holds.length] ?? "0s" }));
  return { rollout: { steps }, analysis: clients ? [{ clients: { "min-clients": 3 } }] : [] };
}

const eu = { name: "eu", match: { region: "eu" } };

const stageRules = fc
  .record({
    soak: fc.option(fc.constantFrom(...durations), { nil: undefined }),
    well: fc.option(fc.constantFrom(...durations), { nil: undefined }),
    least: fc.option(fc.constantFrom(1, 3), { nil: undefined }),
    issues: fc.option(severity, { nil: undefined }),
    people: peopleGates,
    shares: fc.array(fc.constantFrom(1, 10, 50), { maxLength: 3 }),
    waves: fc.option(fc.constantFrom(...durations), { nil: undefined }),
    holds: fc.array(fc.constantFrom(...durations), { minLength: 1, maxLength: 3 }),
    clients: fc.boolean(),
    watchIssues: fc.boolean(),
    stopTest: fc.boolean(),
    onFailure: fc.constantFrom("rollback" as const, "pause" as const),
    whenNewer: fc.constantFrom("wait" as const, "supersede" as const),
  })
  .map(
    ({
      soak,
      well,
      least,
      issues,
      people,
      shares,
      waves,
      holds,
      clients,
      watchIssues,
      stopTest,
      onFailure,
      whenNewer,
    }) => {
      const { rollout, analysis = [] } = rolloutOf(shares, holds, clients);
      const parts = waves === undefined ? {} : { waves: [{ ...eu, barrier: { hold: waves } }, { name: "rest" }] };
      return {
        gates: [
          ...(soak === undefined ? [] : [{ soak }]),
          ...(well === undefined ? [] : [{ soak: { healthy: well, "min-clients": 2 } }]),
          ...(least === undefined ? [] : [{ "min-clients": least }]),
          ...(issues === undefined ? [] : [{ "no-issues": { "at-least": issues } }]),
          ...people,
        ],
        rollout: { ...rollout, ...parts },
        analysis: watchIssues ? [...analysis, { issues: {} }] : analysis,
        "stop-test": stopTest,
        "on-failure": onFailure,
        "when-newer": whenNewer,
      };
    },
  );

/** Pipelines of one to three stages with every rule there is. */
export const pipelines: fc.Arbitrary<Pipeline> = fc
  .tuple(
    fc.constantFrom(["dev"], ["dev", "beta"], ["dev", "stable"], ["beta", "dev"], stageNames, stageNames, stageNames),
    stageRules,
    stageRules,
    stageRules,
  )
  .map(([names, ...rules]) => pipelineOf(...names.map((name, i) => ({ name, ...rules[i] }))));

const moves: fc.Arbitrary<Move> = fc.oneof(
  { weight: 10, arbitrary: peopleMoves },
  {
    weight: 10,
    arbitrary: fc
      .tuple(version, fc.constantFrom(false, false, true))
      .map(([v, mandatory]) =>
        move(`publish ${v}${mandatory ? " --mandatory" : ""}`, (world) =>
          world.take(step.publish(v, mandatory ? { mandatory } : {})),
        ),
      ),
  },
  {
    weight: 8,
    arbitrary: fc.constantFrom(...waits).map((ms) => move(`pass ${formatDuration(ms)}`, (world) => world.pass(ms))),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(...waits)
      .map((ms) => move(`skip ${formatDuration(ms)}`, (world) => step.perform(world, step.later(`${ms}ms`)))),
  },
  { weight: 3, arbitrary: fc.constant(move("advance", (world) => world.advance())) },
  {
    weight: 2,
    arbitrary: fc
      .nat({ max: 40 })
      .map((n) =>
        move(`feeds published up to ${n}`, (world) => world.take({ type: "RecordPublication", upTo: n, feeds: {} })),
      ),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(stage, version, fc.nat({ max: 20 }), fc.constantFrom(0, 0, 0, 1, 30))
      .map(([name, v, healthy, failed]) =>
        move(`${healthy} of ${name} report ${v} healthy, ${failed} failed`, (world) =>
          world.report({ stage: name, version: v, healthy, failed }),
        ),
      ),
  },
  { weight: 1, arbitrary: version.map((v) => move(`withdraw ${v}`, (world) => world.take(step.withdraw(v)))) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(version, fc.boolean())
      .map(([v, unseen]) =>
        move(`withdraw --artifact of ${v}`, (world) => world.take(step.withdrawArtifact(v, { unseen }))),
      ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(version, stage, fc.boolean())
      .map(([v, name, force]) =>
        move(`promote ${v} ${name}${force ? " --override" : ""}`, (world) =>
          world.take(step.promote(v, name, force ? "so" : undefined)),
        ),
      ),
  },
  {
    weight: 1,
    arbitrary: nth.map((n) => move(`pause promotion ${n}`, (world) => world.take(step.pause(idOf(world, n))))),
  },
  {
    weight: 1,
    arbitrary: nth.map((n) => move(`resume promotion ${n}`, (world) => world.take(step.resume(idOf(world, n))))),
  },
  {
    weight: 1,
    arbitrary: nth.map((n) => move(`abort promotion ${n}`, (world) => world.take(step.abort(idOf(world, n))))),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(stage, fc.option(version, { nil: undefined }), fc.boolean())
      .map(([name, to, staged]) =>
        move(`rollback ${name}${to === undefined ? "" : ` --to ${to}`}${staged ? " --staged" : ""}`, (world) =>
          world.take(staged ? step.rollBackStaged(name, to) : step.rollBack(name, to)),
        ),
      ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(version, severity)
      .map(([v, s]) => move(`issue ${v} ${s}`, (world) => world.take(step.openIssue(v, s)))),
  },
  {
    weight: 1,
    arbitrary: nth.map((n) => move(`resolve issue ${n}`, (world) => world.take(step.resolveIssue(`issue-${n}`)))),
  },
  {
    weight: 1,
    arbitrary: stage.map((name) => move(`freeze ${name}`, (world) => world.take(step.freeze(name)))),
  },
  {
    weight: 1,
    arbitrary: stage.map((name) =>
      move(`resume ${name} by itself`, (world) => world.take({ type: "ResumeAutoPromotion", stage: name })),
    ),
  },
  { weight: 1, arbitrary: fc.constant(move("freeze --all", (world) => world.take(step.freezeAll()))) },
  { weight: 2, arbitrary: fc.constant(move("thaw --all", (world) => world.take({ type: "ThawApplication" }))) },
  {
    weight: 2,
    arbitrary: stage.map((name) => move(`thaw ${name}`, (world) => world.take(step.thaw(name)))),
  },
  {
    weight: 1,
    arbitrary: pipelines.map((pipeline) =>
      move(`apply ${fc.stringify(pipeline.stages)}`, (world) => world.take(step.apply(pipeline))),
    ),
  },
);

/** What happens to an application, in order. */
export const histories: fc.Arbitrary<Move[]> = fc.array(moves, { maxLength: 40, size: "max" });

/** Only what keeps to the rules: releases that are published, each newer than the one before, and time that passes between. */
export const schedules: fc.Arbitrary<readonly { readonly version: string; readonly afterMs: number }[]> = fc
  .array(fc.constantFrom(...waits), { minLength: 1, maxLength: 10 })
  .map((gaps) => gaps.map((afterMs, i) => ({ version: `1.${i}.0`, afterMs })));
