import type { Defect } from "./defect.ts";

/** In what keeps releases out of stages. */
export const gateDefects: readonly Defect[] = [
  {
    name: "gates are not evaluated again during the rollout",
    file: "core/src/application/settle.ts",
    edits: [["const gates = binding(rollingGates(context), promotion);", "const gates = binding([], promotion);"]],
  },
  {
    name: "open issues are ignored",
    file: "core/src/gates/no-issues.ts",
    edits: [["if (open.length === 0) return", "if (open.length >= 0) return"]],
  },
  {
    name: "a rejection leaves the approvals",
    file: "core/src/application/evolve/promotion.ts",
    edits: [["        approvals: [],\n        rejection:", "        rejection:"]],
  },
  {
    name: "a release need not be complete in the stage before",
    file: "core/src/gates/admissible.ts",
    edits: [["if (previous.completed.has(release.version))", "if (previous.completed.size >= 0)"]],
  },
  {
    name: "whoever publishes approves",
    file: "core/src/application/approve.ts",
    edits: [["if (own(release, promotion).includes(by))", "if (own(release, promotion).length === 0)"]],
  },
  {
    name: "an approval counts for ever",
    file: "core/src/gates/approval.ts",
    edits: [[" && now < one.at + config.expires,", ","]],
  },
  {
    name: "approvals outlast a change of the pipeline",
    file: "core/src/application/apply-pipeline.ts",
    edits: [["  for (const voided of approvalsOfOtherPipelines(transition.state)) transition.add(voided);\n", ""]],
  },
  {
    name: "a check that failed counts",
    file: "core/src/gates/check.ts",
    edits: [['if (result !== "pass") return', 'if (result !== "pass" && now < 0) return']],
  },
  {
    name: "an override enters a frozen stage",
    file: "core/src/gates/binding.ts",
    edits: [['new Set(["not-withdrawn", "not-frozen"])', 'new Set(["not-withdrawn"])']],
  },
  {
    name: "an override passes over policies",
    file: "core/src/gates/binding.ts",
    edits: [
      [
        "|| (policy !== undefined && override.policies !== true)",
        "|| (policy !== undefined && override.policies === undefined && gate === policy)",
      ],
    ],
  },
  {
    name: "policies are not asked",
    file: "core/src/gates/registry.ts",
    edits: [["    ...policyGates(context),\n", ""]],
  },
  {
    name: "rules that hold everywhere are not adopted",
    file: "core/src/application/decide.ts",
    edits: [
      ["if (meta.rules !== undefined) for", 'if (meta.rules !== undefined && command.type === "AdoptRules") for'],
    ],
  },
  {
    name: "a newer release does not wait for the verification",
    file: "core/src/gates/admissible.ts",
    edits: [["    ...verified(context),\n", ""]],
  },
  {
    name: "another release may take the place of what was chosen by hand",
    file: "core/src/gates/admissible.ts",
    edits: [["    ...notHeld(context),\n", ""]],
  },
  {
    name: "a window is always open",
    file: "core/src/gates/window/opening.ts",
    edits: [["return !deny.some(on) && (allow.length === 0 || allow.some(on));", "return !deny.some(on);"]],
  },
  {
    name: "an item of a checklist is enough",
    file: "core/src/gates/checklist.ts",
    edits: [["if (missing.length === 0) {", "if (missing.length < items.length) {"]],
  },
  {
    name: "a soak ends after its last moment",
    file: "core/src/gates/soak.ts",
    edits: [["return now >= until\n    ? {", "return now > until\n    ? {"]],
  },
  {
    name: "the groups of an approval are not looked at",
    file: "core/src/gates/approval.ts",
    edits: [[">= config.count && missingGroups(config, approvals).length === 0;", ">= config.count;"]],
  },
  {
    name: "whoever asked for it by hand approves",
    file: "core/src/gates/approval.ts",
    edits: [["...(asked === undefined ? [] : [asked])", ""]],
  },
  {
    name: "a freeze of the whole application is ignored",
    file: "core/src/gates/freeze.ts",
    edits: [["{ frozen: state.frozen, of: `all", "{ frozen: undefined, of: `all"]],
  },
  {
    name: "a release that was not in a stage counts as tested there",
    file: "core/src/gates/tested-in.ts",
    edits: [
      [
        "const missing = tests.filter(({ since }) => since === undefined)",
        "const missing = tests.filter(({ since, until }) => since === undefined && until !== undefined)",
      ],
    ],
  },
  {
    name: "how long a release was tested does not matter",
    file: "core/src/gates/tested-in.ts",
    edits: [["until !== undefined && until > now)", "until !== undefined && until < 0 && until > now)"]],
  },
];
