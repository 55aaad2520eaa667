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
];
