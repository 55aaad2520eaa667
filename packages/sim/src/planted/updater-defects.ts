import type { Defect } from "./defect.ts";

/** In the updater, which the simulated machines run. */
export const updaterDefects: readonly Defect[] = [
  {
    name: "who finds a version takes its name for synced",
    file: "updater/src/transaction/effects.ts",
    edits: [["return await syncPath(layout.versions);", "return;"]],
  },
  {
    name: "who finds a report takes its name for synced",
    file: "updater/src/reports/outbox.ts",
    edits: [["return await syncPath(layout.outbox);", "return;"]],
  },
  {
    name: "the switch to another version is not synced",
    file: "updater/src/install/current.ts",
    edits: [
      [
        "  await rename(temporary, layout.current);\n  await syncPath(layout.folder);\n",
        "  await rename(temporary, layout.current);\n",
      ],
    ],
  },
  {
    name: "an update is committed before the server can be told",
    file: "updater/src/transaction/plan.ts",
    edits: [
      [
        'return { effect: "report-success", recordedAs: "committed", at: situation.nowMs };',
        'return { effect: "finish", recordedAs: "committed", at: situation.nowMs } as unknown as Step;',
      ],
    ],
  },
  {
    name: "an update that failed is tried again at once",
    file: "updater/src/holds/holds.ts",
    edits: [["untilMs: nowMs + waitMs });", "untilMs: nowMs });"]],
  },
  {
    name: "a wait does not grow with the failures",
    file: "updater/src/holds/holds.ts",
    edits: [
      [
        "earlier !== undefined && isSame(earlier, attempt) ? earlier.attempts + 1 : 1;",
        "1 + 0 * (earlier?.attempts ?? 0);",
      ],
    ],
  },
  {
    name: "an offer is taken that no signed feed bears out",
    file: "updater/src/check/judge.ts",
    edits: [["{ ...feed, releases },", "{ ...feed, away: [], releases },"]],
  },
  {
    name: "an archive may lead out of its folder",
    file: "updater/src/install/unpack.ts",
    edits: [['if (path.split("/").includes("..")) return', 'if (path.split("/").includes("...")) return']],
  },
  {
    name: "versions are kept for ever",
    file: "updater/src/session.ts",
    edits: [["{ keep: keepVersions, current, previous }", "{ keep: keepVersions + 5, current, previous }"]],
  },
  {
    name: "a version may be asked for its health once only",
    file: "updater/src/health/confirm.ts",
    edits: [
      ["if (last !== undefined && leftMs < shortestProbeMs)", "if (last !== undefined || leftMs < shortestProbeMs)"],
    ],
  },
  {
    name: "what an update left behind stays",
    file: "updater/src/install/keep.ts",
    edits: [["  await removeDurably(layout.staging);\n", ""]],
  },
  {
    name: "files are renamed before they are synced",
    file: "updater/src/disk/durable.ts",
    edits: [["    await file.write(content);\n    await file.sync();\n", "    await file.write(content);\n"]],
  },
  {
    name: "the journal is not synced",
    file: "updater/src/transaction/journal.ts",
    edits: [["      await file.write(line);\n      await file.sync();\n", "      await file.write(line);\n"]],
  },
  {
    name: "the journal is written after the rename",
    file: "updater/src/transaction/plan.ts",
    edits: [
      [
        '{ effect: "prepare", recordedAs: "changing", parts: situation.parts };',
        '{ effect: "apply", recordedAs: "changing", parts: situation.parts, part: situation.parts[0] };',
      ],
    ],
  },
  {
    name: "a version appears before it is whole",
    file: "updater/src/install/install.ts",
    edits: [
      ["    await syncTree(staged);\n", ""],
      [
        "    await syncPath(layout.versions);\n    await syncPath(layout.staging);\n",
        "    await syncPath(layout.versions);\n    await syncTree(versionFolder(layout, release.version));\n",
      ],
    ],
  },
  {
    name: "health is not asked for",
    file: "updater/src/health/confirm.ts",
    edits: [["if (bad === undefined && ended === undefined) return;", "return;"]],
  },
  {
    name: "an unhealthy version is kept",
    file: "updater/src/transaction/plan.ts",
    edits: [
      ["  return automaticRollback\n    ? rollBack(failure)", "  return !automaticRollback\n    ? rollBack(failure)"],
    ],
  },
  {
    name: "a report is thrown away before it is sent",
    file: "updater/src/reports/send.ts",
    edits: [
      ["      const verdict = await post(", "      await outbox.remove(next.name);\n      const verdict = await post("],
    ],
  },
  {
    name: "the folder of versions is not synced",
    file: "updater/src/install/install.ts",
    edits: [["    await syncPath(layout.versions);\n    await syncPath(layout.staging);\n", ""]],
  },
  {
    name: "a version that was taken back is tried again",
    file: "updater/src/check/look.ts",
    edits: [["if (against !== undefined) return", "if (against !== undefined && context.now() < 0) return"]],
  },
  {
    name: "what was taken back is kept in memory alone",
    file: "updater/src/holds/holds.ts",
    edits: [["    await writeDurably(layout.holds, JSON.stringify(holds));\n", ""]],
  },
  {
    name: "what was interrupted is left as it is",
    file: "updater/src/transaction/recover.ts",
    edits: [
      [
        "if (options.journal.state().transaction === undefined) return undefined;",
        "if (options.journal !== undefined) return undefined;",
      ],
    ],
  },
  {
    name: "a version that was rolled back here is tried again",
    file: "updater/src/transaction/report.ts",
    edits: [
      [
        "      await withReserve(layout, () => holds.holdBack(attemptOf(transaction), code, reason));\n      await put(",
        "      await put(",
      ],
    ],
  },
];
