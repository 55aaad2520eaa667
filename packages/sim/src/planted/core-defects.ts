import type { Defect } from "./defect.ts";

/** In the decisions and in the fold. */
export const coreDefects: readonly Defect[] = [
  {
    name: "gates are not looked at before the first exposure",
    file: "core/src/application/settle.ts",
    edits: [["if (!passes(binding(gates, promotion))) continue;", ""]],
  },
  {
    name: "a soak passes as soon as it begins",
    file: "core/src/gates/soak.ts",
    edits: [["return now >= until\n    ? {", "return now >= since\n    ? {"]],
  },
  {
    name: "a soak counts from the publication",
    file: "core/src/gates/soak.ts",
    edits: [
      [
        "previous === undefined ? release.publishedAt : previous.completed.get(release.version)?.at",
        "release.publishedAt",
      ],
    ],
  },
  {
    name: "one approval is enough for two",
    file: "core/src/gates/approval.ts",
    edits: [["return approvals.length >= config.count &&", "return approvals.length >= 1 &&"]],
  },
  {
    name: "a frozen stage is entered all the same",
    file: "core/src/gates/freeze.ts",
    edits: [["if (first === undefined)", "if (first === undefined || now > 0)"]],
  },
  {
    name: "exposure rises on an inconclusive analysis",
    file: "core/src/application/settle.ts",
    edits: [['passes(gates) && verdict === "pass")', 'passes(gates) && verdict !== "fail")']],
  },
  {
    name: "a step goes on before it is published",
    file: "core/src/application/settle.ts",
    edits: [
      [
        "if (appliedAt === undefined || transition.meta.now < appliedAt + holdMs(stage.rollout, basisPoints)) return;",
        "if (transition.meta.now < (appliedAt ?? 0) + holdMs(stage.rollout, basisPoints)) return;",
      ],
    ],
  },
  {
    name: "steps are not held",
    file: "core/src/application/settle.ts",
    edits: [
      [
        "if (appliedAt === undefined || transition.meta.now < appliedAt + holdMs(stage.rollout, basisPoints)) return;",
        "if (appliedAt === undefined) return;",
      ],
    ],
  },
  {
    name: "exposure is computed anew, also downward",
    file: "core/src/rollout/schedule.ts",
    edits: [["step.to > basisPoints)?.to", "step.to !== basisPoints)?.to"]],
  },
  {
    name: "a newer release starts beside one that is under way",
    file: "core/src/application/settle.ts",
    edits: [
      [
        'if (active !== undefined)\n      transition.add({\n        type: "PromotionSuperseded",',
        'if (active !== undefined && meta.now < 0)\n      transition.add({\n        type: "PromotionSuperseded",',
      ],
    ],
  },
  {
    name: "halting what is paused changes nothing",
    file: "core/src/application/steer.ts",
    edits: [
      ['if (promotion.status === "active" || promotion.paused.halted !== true)', 'if (promotion.status === "active")'],
    ],
  },
  {
    name: "what was superseded is not asked for again",
    file: "core/src/application/settle.ts",
    edits: [["    requestAgain(transition, stage, measurements);\n", "    void requestAgain;\n"]],
  },
  {
    name: "what is older than what is live goes on waiting",
    file: "core/src/application/settle.ts",
    edits: [
      [
        "} else if (live !== undefined && compareVersions(version, live.version) <= 0) {",
        "} else if (live !== undefined && compareVersions(version, live.version) === 0) {",
      ],
    ],
  },
  {
    name: "what was rolled back is not taken from who has it",
    file: "core/src/application/evolve/rollback.ts",
    edits: [["away: before.away.union(gone).add(version),", "away: before.away,"]],
  },
  {
    name: "the stop test does not run",
    file: "core/src/analysis/judge.ts",
    edits: [['if (stage["stop-test"])', 'if (!stage["stop-test"])']],
  },
  {
    name: "a publication is recorded again and again",
    file: "core/src/application/decide.ts",
    edits: [["if (command.upTo > transition.state.feeds.publishedSeq && ", "if ("]],
  },
  {
    name: "a rise counts what was measured before it",
    file: "core/src/application/evolve/rollout.ts",
    edits: [
      [
        'case "ExposureRaised": {\n      const { id, to } = event.data;\n      return changePromotion(countPassesAnew(state, id), id,',
        'case "ExposureRaised": {\n      const { id, to } = event.data;\n      return changePromotion(state, id,',
      ],
    ],
  },
  {
    name: "who goes on after a pause counts what was measured before it",
    file: "core/src/application/evolve/rollout.ts",
    edits: [
      [
        "return changePromotion(forgetMeasurements(state, event.data.id), event.data.id, (promotion) => {",
        "return changePromotion(state, event.data.id, (promotion) => {",
      ],
    ],
  },
  {
    name: "every rollout of a release has the same order of clients",
    file: "core/src/application/settle.ts",
    edits: [["version, salt, gates: record,", "version, salt: version, gates: record,"]],
  },
  {
    name: "the next stage is not asked",
    file: "core/src/application/settle.ts",
    edits: [["  if (next !== undefined) request(transition, next, version, { manual: false });\n", ""]],
  },
  {
    name: "a window of verification need not be over",
    file: "core/src/application/verify.ts",
    edits: [
      ["if (found === undefined || transition.meta.now < found.until) return;", "if (found === undefined) return;"],
    ],
  },
  {
    name: "a withdrawn artifact leaves the releases that contain it",
    file: "core/src/application/withdraw.ts",
    edits: [["by: meta.actor, versions } });", "by: meta.actor, versions: [] } });"]],
  },
];
