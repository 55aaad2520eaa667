import type { Defect } from "./defect.ts";

/** In rollbacks that one person asks for and others approve. */
export const rollbackRequestDefects: readonly Defect[] = [
  {
    name: "whoever asked for a rollback approves it",
    file: "core/src/application/rollback-request/answer.ts",
    edits: [["if (request.by === meta.actor)", 'if (request.by === "")']],
  },
  {
    name: "one yes is enough for every rollback",
    file: "core/src/application/rollback-request/answer.ts",
    edits: [["|| missingApprovals(state, approved).length > 0) return undefined;", ") return undefined;"]],
  },
  {
    name: "anybody decides about a rollback",
    file: "core/src/application/rollback-request/answer.ts",
    edits: [["if (mayDecide(state, stage, { by, groups }) &&", "if (mayDecide.length > 0 &&"]],
  },
  {
    name: "a person approves a rollback twice",
    file: "core/src/application/rollback-request/answer.ts",
    edits: [["request.approvals.some(({ by }) => by === meta.actor)", "request.approvals.length < 0"]],
  },
  {
    name: "a rollback that was rejected is approved all the same",
    file: "core/src/application/rollback-request/answer.ts",
    edits: [
      [
        "request.closed === undefined ? whyLapsed(state, request, meta) : request.closed.reason",
        "whyLapsed(state, request, meta)",
      ],
    ],
  },
  {
    name: "a rollback with every approval is not carried out",
    file: "core/src/application/rollback-request/answer.ts",
    edits: [
      [
        "return rollBackStage(transition, wayAsked(request), { id, by: request.by, approvals });",
        "return approvals.length < 0 ? rollBackStage(transition, wayAsked(request)) : undefined;",
      ],
    ],
  },
  {
    name: "a rollback that was asked for stands for ever",
    file: "core/src/application/rollback-request/lapse.ts",
    edits: [["if (meta.now >= end)", "if (meta.now < 0)"]],
  },
  {
    name: "a rollback that was asked for stands although its stage has moved",
    file: "core/src/application/rollback-request/lapse.ts",
    edits: [["if (way.promotion === request.promotion && way.to === request.to)", "if (way.version !== undefined)"]],
  },
  {
    name: "an approved rollback goes to the last good release, whatever was named",
    file: "core/src/application/rollback-request/request.ts",
    edits: [["    ...(asked === undefined ? {} : { to: asked }),\n", ""]],
  },
  {
    name: "two rollbacks are asked for in a stage at once",
    file: "core/src/application/rollback-request/ask.ts",
    edits: [["if (standing !== undefined) {", "if (standing?.closed !== undefined) {"]],
  },
  {
    name: "a rollback needs nobody of the groups that entering needs",
    file: "core/src/application/rollback-request/approval.ts",
    edits: [
      ["const open = openDemands(\n      config,", "const open = openDemands(\n      { ...config, groups: [] },"],
    ],
  },
  {
    name: "the last of the time to approve a rollback is given twice",
    file: "core/src/application/rollback-request/approval.ts",
    edits: [["return at + Math.min(standsMs,", "return at + 2 * Math.min(standsMs,"]],
  },
];
