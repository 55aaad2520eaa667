import type { Defect } from "./defect.ts";

/** In the ways back. */
export const rollbackDefects: readonly Defect[] = [
  {
    name: "what was rolled back stays good",
    file: "core/src/application/evolve/rollback.ts",
    edits: [["    completed: keep,", "    completed: before.completed,"]],
  },
  {
    name: "a stage goes back to a release that was withdrawn",
    file: "core/src/application/good-releases.ts",
    edits: [["    .filter((version) => state.releases.get(version)?.withdrawn === undefined)\n", ""]],
  },
  {
    name: "a stage goes back to what was not verified",
    file: "core/src/application/good-releases.ts",
    edits: [
      [
        "return choice.findLast((version) => isVerified(state, stage.name, version)) ?? choice.at(-1);",
        "return choice.at(-1);",
      ],
    ],
  },
  {
    name: "a stage goes back to a release that a policy blocks",
    file: "core/src/application/good-releases.ts",
    edits: [["allowed.length === 0 ? older : allowed", "older"]],
  },
  {
    name: "what is live stays live when it is withdrawn",
    file: "core/src/application/settle.ts",
    edits: [
      [
        '    rollBack(transition, promotion, "withdrawn", `',
        '    if (meta.now < 0) rollBack(transition, promotion, "withdrawn", `',
      ],
    ],
  },
  {
    name: "a rollout of a withdrawn release goes on",
    file: "core/src/application/settle.ts",
    edits: [
      [
        "  if (context === undefined) return;\n  if (context.release.withdrawn !== undefined) {",
        "  if (context === undefined) return;\n  if (context.release.withdrawn !== undefined && meta.now < 0) {",
      ],
    ],
  },
  {
    name: "a failing verdict changes nothing",
    file: "core/src/application/settle.ts",
    edits: [['  rollBack(transition, promotion, "analysis", reason, evidence);\n', ""]],
  },
  {
    name: "a failure opens no issue",
    file: "core/src/application/settle.ts",
    edits: [['if (failures.some((result) => result.analysis !== "issues"))', "if (failures.length < 0)"]],
  },
  {
    name: "what was rolled back is asked for again",
    file: "core/src/application/request.ts",
    edits: [["if (stageState.away.has(version) || openPromotion", "if (openPromotion"]],
  },
  {
    name: "exposure rises while a person has paused it",
    file: "core/src/application/settle.ts",
    edits: [['if (verdict === "fail" || promotion.status === "paused") return;', 'if (verdict === "fail") return;']],
  },
  {
    name: "a target that broke does not end the rollout",
    file: "core/src/application/settle.ts",
    edits: [["if (broken !== undefined) {", "if (broken !== undefined && meta.now < 0) {"]],
  },
  {
    name: "a rollback by hand may name what never completed",
    file: "core/src/application/roll-back-stage.ts",
    edits: [
      [
        "if (completed.has(to)) return undefined;",
        "if (completed.has(to) || release.version === to) return undefined;",
      ],
    ],
  },
  {
    name: "a rollback by hand may name what was withdrawn",
    file: "core/src/application/roll-back-stage.ts",
    edits: [
      [
        "if (release.withdrawn !== undefined)\n    return reject(",
        'if (release.withdrawn !== undefined && stage === "")\n    return reject(',
      ],
    ],
  },
  {
    name: "what was left behind stays where the stage goes back",
    file: "core/src/application/roll-back-stage.ts",
    edits: [['  rollBackLeftBehind(transition, stage.name, "manual", reason, staged);\n', ""]],
  },
  {
    name: "a recall of what is live leaves it",
    file: "core/src/application/steer.ts",
    edits: [
      [
        "if (id !== active && id !== live?.promotion) return notActive(promotion);",
        "if (id !== active) return live === undefined ? notActive(promotion) : undefined;",
      ],
    ],
  },
  {
    name: "an older release than the live one counts as left behind",
    file: "core/src/application/left-behind.ts",
    edits: [["compareVersions(version, live.version) <= 0", "compareVersions(version, live.version) === 0"]],
  },
];
