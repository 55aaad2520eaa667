import type { Defect } from "./defect.ts";

/** In how servers write their own files: signed feeds and blobs. */
export const fileDefects: readonly Defect[] = [
  {
    name: "what a server writes is renamed before it is synced",
    file: "server/src/feeds/durable-file.ts",
    edits: [["      await file.sync();\n", ""]],
  },
  {
    name: "the new name of what a server writes is not synced",
    file: "server/src/feeds/durable-file.ts",
    edits: [["  }\n  await syncFolder(folder);\n}", "  }\n}"]],
  },
  {
    name: "who finds a folder takes its name for synced",
    file: "server/src/feeds/durable-file.ts",
    edits: [["return syncOthers(parent);", "return;"]],
  },
  {
    name: "who finds a signing key takes its name for synced",
    file: "server/src/feeds/keys.ts",
    edits: [["    await syncFolder(folder);\n", ""]],
  },
  {
    name: "who finds a timestamp takes its name for synced",
    file: "server/src/feeds/repository.ts",
    edits: [["    await syncFolder(metadata);\n", ""]],
  },
  {
    name: "the timestamp does not wait for what it leads to",
    file: "server/src/feeds/repository.ts",
    edits: [
      ["if (next.targets !== undefined) await save(", "const last = async () => next.targets !== undefined && save("],
      [
        '    await save("timestamp.json", timestamp);\n',
        '    await save("timestamp.json", timestamp);\n    await last();\n',
      ],
    ],
  },
  {
    name: "a blob is renamed before it is synced",
    file: "server/src/blobs/upload.ts",
    edits: [["    await file.sync().catch(", "    await Promise.resolve().catch("]],
  },
  {
    name: "the name of a blob is not synced",
    file: "server/src/blobs/file-system.ts",
    edits: [["        await syncFolder(dirname(path));\n", ""]],
  },
  {
    name: "who finds blobs takes their names for synced",
    file: "server/src/blobs/file-system.ts",
    edits: [["await syncFolder(join(root, name));", "await sizeOf(join(root, name));"]],
  },
  {
    name: "a sync that failed is taken for done",
    file: "server/src/feeds/durable-file.ts",
    edits: [["      await file.sync();\n", "      await file.sync().catch(() => undefined);\n"]],
  },
  {
    name: "what is not in force yet is served",
    file: "server/src/feeds/repository.ts",
    edits: [["return Number(version) <= committed[role].metadata.signed.version;", "return Number(version) > 0;"]],
  },
  {
    name: "what clients are reading is removed",
    file: "server/src/feeds/prune.ts",
    edits: [["committed.targets.metadata.signed.version - keptVersions", "committed.targets.metadata.signed.version"]],
  },
  {
    name: "what interrupted writes left stays",
    file: "server/src/feeds/prune.ts",
    edits: [["if (isOld || isTemporary(name))", "if (isOld && !isTemporary(name))"]],
  },
  {
    name: "what is signed is renewed when it expires",
    file: "server/src/feeds/metadata.ts",
    edits: [["fromRfc3339(expires) - lifetimeMs[type] / 2", "fromRfc3339(expires) - lifetimeMs[type] * 0"]],
  },
  {
    name: "only the timestamp is renewed",
    file: "server/src/feeds/repository.ts",
    edits: [["    if (renewalOf(root) <= now) {", "    if (renewalOf(root) <= 0 * now) {"]],
  },
  {
    name: "content is not compared with its digest",
    file: "server/src/blobs/upload.ts",
    edits: [["if (digest !== sha256)", 'if (digest === "")']],
  },
];
