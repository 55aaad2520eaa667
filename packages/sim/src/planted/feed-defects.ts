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
    file: "server/src/http/check/answers.ts",
    edits: [["isExposed(exposure, clientId, nativeSha256)", "exposure.basisPoints > 0"]],
  },
  {
    name: "feeds send clients to another manifest",
    file: "core/src/feed/build.ts",
    edits: [["manifest: release.digest,", 'manifest: [...release.digest].reverse().join(""),']],
  },
  {
    name: "feeds are served before they are published",
    file: "server/src/control-plane/served-feeds.ts",
    edits: [["feed: before === feed ? feed : restrict(before, feed),", "feed,"]],
  },
  {
    name: "what was taken away is served until the next publication",
    file: "server/src/control-plane/served-feeds.ts",
    edits: [["feed: before === feed ? feed : restrict(before, feed),", "feed: before,"]],
  },
  {
    name: "a share is served before it is published",
    file: "core/src/feed/restrict.ts",
    edits: [["Math.min(exposure.basisPoints, after.exposure.basisPoints)", "after.exposure.basisPoints"]],
  },
  {
    name: "a rollout that was halted is offered still",
    file: "core/src/feed/build.ts",
    edits: [['    !(active.status === "paused" && active.paused.halted === true) &&\n', ""]],
  },
  {
    name: "the feed shows a share before the other targets have it",
    file: "core/src/application/evolve/targets.ts",
    edits: [["if (!unmet.every(copiesFeed)) return notYet(exposure);", ""]],
  },
  {
    name: "groups that were halted get it all the same",
    file: "core/src/feed/build.ts",
    edits: [["...(halted.length === 0 ? {} : { halted }),", ""]],
  },
  {
    name: "clients are let in to a rollout that is paused",
    file: "core/src/application/admission.ts",
    edits: [
      [
        'if (stageState.active !== promotion || rolling?.status !== "active") return false;',
        "if (stageState.active !== promotion || rolling === undefined) return false;",
      ],
    ],
  },
  {
    name: "the ration is not looked at",
    file: "core/src/application/grants.ts",
    edits: [
      [
        "const room = Math.min(decision.room, left(ration ?? unlimited, offers.counts.inFlight));",
        "const room = unlimited;",
      ],
    ],
  },
  {
    name: "who has what was taken back stays on it",
    file: "core/src/feed/decide-update.ts",
    edits: [["const rolledBack = client.version !== undefined &&", "const rolledBack = client.version === null &&"]],
  },
  {
    name: "a server that starts takes everything for published",
    file: "server/src/control-plane/served-feeds.ts",
    edits: [["?? nothingOf(feed);", "?? feed;"]],
  },
  {
    name: "what is taken away is served until it is published",
    file: "server/src/control-plane/served-feeds.ts",
    edits: [
      [
        "feed: before === feed ? feed : restrict(before, feed)",
        "feed: before === feed ? feed : (restrict(before, feed), before)",
      ],
    ],
  },
];
