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
];
