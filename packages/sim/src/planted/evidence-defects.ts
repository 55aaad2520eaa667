import type { Defect } from "./defect.ts";

/** In what rollouts that pay with evidence, published shares and the update check go by. */
export const evidenceDefects: readonly Defect[] = [
  {
    name: "a rollout goes on whatever its clients say",
    file: "core/src/rollout/evidence/decide-admission.ts",
    edits: [['  if (failures.stop) return { verdict: "stop", cause: "failures", why };\n', ""]],
  },
  {
    name: "the stop test knows a tenth of the failures",
    file: "core/src/analysis/stop-test.ts",
    edits: [
      [
        "{ installed: reached, failed: counts.failed };",
        "{ installed: reached, failed: Math.floor(counts.failed / 10) };",
      ],
    ],
  },
  {
    name: "a rollout begins with eight clients",
    file: "core/src/rollout/evidence/plan.ts",
    edits: [["ration: { least: 2,", "ration: { least: 8,"]],
  },
  {
    name: "the whole budget of risk is there from the beginning",
    file: "core/src/rollout/evidence/room.ts",
    edits: [["cap(riskBudget(upper, plan.ration), upper, limit)", "cap(plan.ration.most, upper, limit)"]],
  },
  {
    name: "who is due counts as missing although it answered",
    file: "core/src/rollout/evidence/ledger.ts",
    edits: [["if (!answered) counts.missing += by;", "counts.missing += by;"]],
  },
  {
    name: "nobody is in flight",
    file: "core/src/rollout/evidence/ledger.ts",
    edits: [
      [
        "if (!answered && no >= this.#due) counts.inFlight += by;",
        "if (!answered && no >= this.#due) counts.inFlight += 0;",
      ],
    ],
  },
];
