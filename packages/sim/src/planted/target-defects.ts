import type { Defect } from "./defect.ts";

/** In what is done with targets: how they are moved, asked for plans, waited for and looked at. */
export const targetDefects: readonly Defect[] = [
  {
    name: "one look is enough to find drift",
    file: "server/src/controller/drift.ts",
    edits: [["{ differs: 2, unknown: 3 }", "{ differs: 1, unknown: 3 }"]],
  },
  {
    name: "drift opens no issue",
    file: "core/src/application/record-drift.ts",
    edits: [
      [
        '  transition.add({ type: "IssueOpened", data: { id: issue, version, title, severity: "warning", stage: name } });\n',
        "",
      ],
    ],
  },
  {
    name: "what is right again stays drift",
    file: "server/src/controller/drift.ts",
    edits: [
      [
        "      await this.#record(state, looked, target);\n      if (!stopping.signal.aborted) this.#lookAt(app, key, target, every, 0",
        "      if (!stopping.signal.aborted) this.#lookAt(app, key, target, every, 0",
      ],
    ],
  },
  {
    name: "a target that waits is not asked again",
    file: "server/src/controller/deliveries.ts",
    edits: [["retryAt: this.#options.plane.clock.now() + againMs", "retryAt: againMs + Number.POSITIVE_INFINITY"]],
  },
  {
    name: "what a target waits for is told again and again",
    file: "core/src/application/record-target.ts",
    edits: [[" || (isSame(deferred) && deferred?.reason === deferral.reason)", ""]],
  },
  {
    name: "a failure that may pass counts at once",
    file: "core/src/application/record-target.ts",
    edits: [["before.since + giveUpAfterMs", "before.since"]],
  },
  {
    name: "targets are moved out of turn",
    file: "server/src/controller/deliveries.ts",
    edits: [["unmet.toReversed() : unmet.slice(0, 1)", "unmet.toReversed() : unmet.slice(-1)"]],
  },
  {
    name: "nobody looks whether a target has what it says",
    file: "server/src/targets/carry-out.ts",
    edits: [
      [
        "if (target.verify === undefined) return done;",
        "if (order.asked > 0 || target.verify === undefined) return done;",
      ],
    ],
  },
  {
    name: "a target is not told who is to have it",
    file: "server/src/targets/carry-out.ts",
    edits: [["if (!back && target.expose", "if (back && target.expose"]],
  },
  {
    name: "the log does not say which plans were seen",
    file: "core/src/application/approve.ts",
    edits: [["    ...(plans.length === 0 ? {} : { plans }),\n", ""]],
  },
  {
    name: "nobody looks at targets",
    file: "server/src/controller/controller.ts",
    edits: [["    this.drift.look(app);\n", ""]],
  },
  {
    name: "one look in vain is enough to find drift",
    file: "server/src/controller/drift.ts",
    edits: [["{ differs: 2, unknown: 3 }", "{ differs: 2, unknown: 1 }"]],
  },
  {
    name: "a failure from before it waited counts on",
    file: "core/src/application/evolve/targets.ts",
    edits: [
      [
        "  const { failed: _, ...known } = stage.targets.get(target) ?? {};\n",
        "  const known = stage.targets.get(target) ?? {};\n",
      ],
    ],
  },
  {
    name: "copies of the feed do not wait for it",
    file: "core/src/targets/demand.ts",
    edits: [["return !copiesFeed(target) || ", "return !copiesFeed(target) || state.seq > 0 || "]],
  },
];
