import type { Defect } from "./defect.ts";

/** In what clients are offered. */
export const feedDefects: readonly Defect[] = [
  {
    name: "clients are offered older versions",
    file: "core/src/feed/decide-update.ts",
    edits: [
      [
        "compareVersions(release.version, client.version) > 0)\n",
        "compareVersions(release.version, client.version) !== 0)\n",
      ],
    ],
  },
  {
    name: "everybody is exposed at once",
    file: "core/src/feed/decide-update.ts",
    edits: [["if (!isExposed(release.exposure, client.id))", "if (release.exposure.basisPoints === 0)"]],
  },
  {
    name: "feeds send clients to another manifest",
    file: "core/src/feed/build.ts",
    edits: [["manifest: release.digest,", 'manifest: [...release.digest].reverse().join(""),']],
  },
];
