import type { Defect } from "./defect.ts";

/** In what rollouts are measured by. */
const measuringDefects: readonly Defect[] = [
  {
    name: "no data counts as a pass",
    file: "core/src/analysis/providers/prometheus.ts",
    edits: [['      verdict: "inconclusive",\n      reason: texts', '      verdict: "pass",\n      reason: texts']],
  },
  {
    name: "a value at its limit is a failure",
    file: "core/src/analysis/providers/prometheus.ts",
    edits: [["if (max !== undefined && value > max)", "if (max !== undefined && value >= max)"]],
  },
  {
    name: "a query asks about the release that was there before",
    file: "server/src/analysis/prometheus.ts",
    edits: [
      [
        'url.searchParams.set("query", fillIn(probe.query, measured));',
        'url.searchParams.set("query", fillIn(probe.query, { ...measured, version: measured.previous ?? measured.version }));',
      ],
    ],
  },
  {
    name: "what a cache answers counts",
    file: "core/src/analysis/providers/http.ts",
    edits: [["if (answer.ageSeconds !== undefined)", "if (answer.ageSeconds === 0)"]],
  },
  {
    name: "alarms without data are fine",
    file: "core/src/analysis/providers/cloudwatch.ts",
    edits: [["if (silent.length > 0)", "if (silent.length > alarms.length)"]],
  },
  {
    name: "a pass counts for ever",
    file: "core/src/analysis/judge-measured.ts",
    edits: [
      [
        "if (age > freshFor(config, lastMeasured.at - progress.steadySince, rising))",
        "if (age < 0 && freshFor(config, lastMeasured.at - progress.steadySince, rising) > 0)",
      ],
    ],
  },
  {
    name: "one pass is enough for several",
    file: "core/src/analysis/judge-measured.ts",
    edits: [["if (rising && progress.passes < config.count)", "if (rising && progress.passes < 1)"]],
  },
  {
    name: "a measurement that no longer works leaves the pass before it",
    file: "core/src/analysis/judge-measured.ts",
    edits: [
      [
        'if (errorsInRow > config["consecutive-errors"] || lastMeasured === undefined)',
        "if (lastMeasured === undefined)",
      ],
    ],
  },
  {
    name: "a failure counts before it has lasted",
    file: "core/src/analysis/take.ts",
    edits: [["if (lasted < config.for)", "if (lasted < 0)"]],
  },
  {
    name: "a failure more is borne",
    file: "core/src/analysis/judge-measured.ts",
    edits: [
      [
        "if (lastFailure !== undefined && failures > config.failures)",
        "if (lastFailure !== undefined && failures > config.failures + 1)",
      ],
    ],
  },
  {
    name: "a pass that was asked for before the rise counts",
    file: "core/src/analysis/take.ts",
    edits: [["if (at < watched.appliedAt) return undefined;", "if (at < watched.startedAt) return undefined;"]],
  },
  {
    name: "nobody is asked when nothing can be measured",
    file: "core/src/application/settle.ts",
    edits: [
      ['if (verdict === "inconclusive" && askPerson(', 'if (verdict === "inconclusive" && meta.now < 0 && askPerson('],
    ],
  },
  {
    name: "a failure while a release is verified changes nothing",
    file: "core/src/application/settle.ts",
    edits: [
      [
        "    else failed(transition, stage, promotion, results);\n    return;\n  }\n  haltGroups",
        "    else if (verifying(transition.state, stageOf(transition.state, stage.name)) === undefined)\n      failed(transition, stage, promotion, results);\n    return;\n  }\n  haltGroups",
      ],
      [
        'import { judge } from "../analysis/judge.ts";',
        'import { judge } from "../analysis/judge.ts";\nimport { verifying } from "../analysis/verification.ts";',
      ],
    ],
  },
  {
    name: "what passed since does not end a failing time",
    file: "core/src/analysis/progress.ts",
    edits: [
      [
        'const failing = verdict === "pass" ? undefined : (failingSince ?? (verdict === "fail" ? seen.at : undefined));',
        'const failing = failingSince ?? (verdict === "fail" ? seen.at : undefined);',
      ],
    ],
  },
  {
    name: "a pass forgives the failures before it",
    file: "core/src/analysis/progress.ts",
    edits: [
      [
        "failures: rest.failures + (record.failure ? 1 : 0),",
        'failures: verdict === "pass" ? 0 : rest.failures + (record.failure ? 1 : 0),',
      ],
    ],
  },
  {
    name: "errors that are not in a row count as if they were",
    file: "core/src/analysis/progress.ts",
    edits: [
      [
        'verdict === "error" ? rest.errorsInRow + 1 : 0,',
        'verdict === "error" ? rest.errorsInRow + 1 : rest.errorsInRow,',
      ],
    ],
  },
];

/** In steps and lines, and in when something is measured. */
const pacingDefects: readonly Defect[] = [
  {
    name: "a step is left out",
    file: "core/src/rollout/schedule.ts",
    edits: [
      ["steps?.find((step) => step.to > basisPoints)?.to", "steps?.findLast((step) => step.to > basisPoints)?.to"],
    ],
  },
  {
    name: "a ramp rises twice as fast",
    file: "core/src/rollout/schedule.ts",
    edits: [["basisPoints + linear.by", "basisPoints + 2 * linear.by"]],
  },
  {
    name: "nobody wakes up when a step was held long enough",
    file: "core/src/application/next-due.ts",
    edits: [
      [
        'if (active?.status === "active") consider(nextStep(',
        'if (active?.status === "active" && active.waves !== undefined) consider(nextStep(',
      ],
    ],
  },
  {
    name: "what does not work is not measured again",
    file: "core/src/analysis/measuring.ts",
    edits: [["Math.min(measuring.interval, retryMs)", "1_000 * Math.max(measuring.interval, retryMs)"]],
  },
  {
    name: "what is verified is not measured",
    file: "core/src/analysis/watched.ts",
    edits: [["if (live !== undefined)", "if (live !== undefined && live.windows === 0)"]],
  },
  {
    name: "no delay comes before the first measurement",
    file: "core/src/analysis/due.ts",
    edits: [['startedAt + analysis.config["initial-delay"]', "startedAt"]],
  },
  {
    name: "clients need not have said anything",
    file: "core/src/analysis/clients.ts",
    edits: [['if (healthy < limits["min-clients"])', "if (healthy < 0)"]],
  },
];

/** In waves. */
const waveDefects: readonly Defect[] = [
  {
    name: "the next wave does not wait for the barrier",
    file: "core/src/application/settle.ts",
    edits: [['if (barrier.verdict === "pass")', 'if (barrier.verdict !== "fail")']],
  },
  {
    name: "an approval from before a wave had it counts after it",
    file: "core/src/application/waves.ts",
    edits: [
      [
        "promotion.approvals.filter(({ at }) => at >= since);",
        "promotion.approvals.filter(({ at }) => at >= 0 * since);",
      ],
    ],
  },
  {
    name: "a wave is not held",
    file: "core/src/application/waves.ts",
    edits: [["wave.barrier?.hold ?? 0), context),", "0 * (wave.barrier?.hold ?? 0)), context),"]],
  },
  {
    name: "a barrier counts nobody",
    file: "core/src/application/waves.ts",
    edits: [['verdict: clients >= least ? "pass" : "wait"', 'verdict: clients >= 0 ? "pass" : "wait"']],
  },
  {
    name: "later waves get it with the first",
    file: "core/src/feed/obstacles.ts",
    edits: [["if (number > begun) yield", "if (number > begun + 20) yield"]],
  },
  {
    name: "a rollout is complete with its first wave",
    file: "core/src/application/settle.ts",
    edits: [["if (barrier !== undefined) {", "if (barrier !== undefined && basisPoints < 0) {"]],
  },
  {
    name: "a later wave gets it all at once",
    file: "core/src/application/waves.ts",
    edits: [
      ["(nextExposure(stage.rollout, 0) ?? fullExposure)", "fullExposure"],
      ["import { holdMs, nextExposure } from", "import { holdMs } from"],
    ],
  },
  {
    name: "a wave counts what was measured in the one before",
    file: "core/src/application/evolve/rollout.ts",
    edits: [
      [
        "const { id, wave, to } = event.data;\n      return changePromotion(countPassesAnew(state, id), id,",
        "const { id, wave, to } = event.data;\n      return changePromotion(state, id,",
      ],
    ],
  },
];

/** In staged ways back. */
const wayBackDefects: readonly Defect[] = [
  {
    name: "a way back does not wait until everybody has asked",
    file: "core/src/rollout/way-back.ts",
    edits: [["Math.max(checkEvery, holdMs(schedule, share))", "Math.min(checkEvery, holdMs(schedule, share))"]],
  },
  {
    name: "a share of a way back counts from the one before it",
    file: "core/src/application/evolve/way-back.ts",
    edits: [["  const { appliedAt: _, ...way } = wayBack;", "  const { ...way } = wayBack;"]],
  },
  {
    name: "a way back is not held",
    file: "core/src/application/way-back.ts",
    edits: [["|| transition.meta.now < next.at) return;", "|| transition.meta.now < 0) return;"]],
  },
  {
    name: "everybody is on the way back at once",
    file: "core/src/feed/decide-update.ts",
    edits: [["const away = rolledBack && !spared;", "const away = rolledBack;"]],
  },
  {
    name: "what is withdrawn on its way back goes by and by",
    file: "core/src/application/way-back.ts",
    edits: [
      [
        "away.has(version) && state.releases.get(version)?.withdrawn === undefined,",
        "away.has(version) && state.releases.has(version),",
      ],
    ],
  },
  {
    name: "a way back does not go on",
    file: "core/src/application/settle.ts",
    edits: [["  raiseWayBack(transition, stageOf(transition.state, stage.name));\n", ""]],
  },
  {
    name: "another rollback leaves the way back that was under way",
    file: "core/src/application/evolve/way-back.ts",
    edits: [
      [
        "first.to >= fullExposure) return {};",
        "first.to >= fullExposure) return before === undefined ? {} : { wayBack: before };",
      ],
    ],
  },
  {
    name: "the same clients always go back first",
    file: "core/src/application/way-back.ts",
    edits: [["state.seq}`", "0 * state.seq}`"]],
  },
];

/** In rollouts by steps and by lines, in waves, in their analyses and in staged ways back. */
export const rolloutDefects: readonly Defect[] = [
  ...measuringDefects,
  ...pacingDefects,
  ...waveDefects,
  ...wayBackDefects,
  {
    name: "a failure is counted once only",
    file: "core/src/analysis/progress.ts",
    edits: [
      [
        "failures: rest.failures + (record.failure ? 1 : 0)",
        "failures: Math.max(rest.failures, record.failure ? 1 : 0)",
      ],
    ],
  },
];
