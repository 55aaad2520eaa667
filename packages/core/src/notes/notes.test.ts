import { describe, expect, test } from "vitest";
import { parseCommit } from "./conventional.ts";
import { kindOf, misfit, nextVersion } from "./next-version.ts";
import { notesMarkdown, releaseNotes } from "./release-notes.ts";

const commit = (message: string) => parseCommit("0123456789", message);
const fix = commit("fix: a typo");
const feat = commit("feat(cart): sums");
const breaking = commit("feat!: another API");

describe("a conventional commit", () => {
  test.each([
    ["feat: x", { type: "feat", description: "x", breaking: [] }],
    ["Fix(parser): y", { type: "fix", scope: "parser", description: "y" }],
    ["refactor(api)!: z", { type: "refactor", scope: "api", breaking: ["z"] }],
    ["chore!: a\n\nBREAKING CHANGE: Node 6 is gone", { breaking: ["Node 6 is gone"] }],
    ["fix: a\n\nbody\n\nBREAKING-CHANGE: b\n  more\nRefs: #1", { breaking: ["b\n  more"] }],
    ["fix: a\n\nBREAKING CHANGE: b\n\nstill b", { breaking: ["b\n\nstill b"] }],
    ["fix: a\n\nbreaking change: no", { breaking: [] }],
    ["fix: a\n\nNote: this is the body\n\nand goes on", { footers: [] }],
    [
      "fix: a\r\n\r\nbody\r\n\r\nReviewed-by: Z\r\nRefs #133",
      {
        footers: [
          { token: "Reviewed-by", value: "Z" },
          { token: "Refs", value: "133" },
        ],
      },
    ],
  ])("%j", (message, expected) => expect(commit(message)).toMatchObject(expected));

  test.each(["just words", "feat:no space", "feat (x): y", ": z", ""])("%j has no type", (message) =>
    expect(commit(message)).toEqual({ sha: "0123456789", description: message, breaking: [], footers: [] }),
  );
});

describe("the next version", () => {
  test.each([
    ["1.2.3", [fix], "1.2.4"],
    ["1.2.3", [fix, feat], "1.3.0"],
    ["1.2.3", [fix, breaking, feat], "2.0.0"],
    ["0.2.3", [breaking], "0.3.0"],
    ["1.2.3", [commit("words")], "1.2.4"],
    ["2.0.0-beta.1", [breaking], "2.0.0"],
    [undefined, [feat], "0.1.0"],
    ["1.2.3", [], undefined],
  ])("after %s", (last, commits, next) => expect(nextVersion(last, commits)).toBe(next));

  test("is what a version has to reach", () => {
    expect(misfit("1.2.4", "1.2.3", [feat])).toMatch(/too low .* minor, so at least 1\.3\.0/);
    expect(misfit("1.3.0", "1.2.3", [breaking])).toMatch(/at least 2\.0\.0/);
    expect(misfit("1.2.3", "1.2.3", [])).toMatch(/not above/);
    for (const version of ["1.3.0", "1.3.0-rc.1", "2.0.0"]) expect(misfit(version, "1.2.3", [feat])).toBeUndefined();
    expect(misfit("0.0.1", undefined, [breaking])).toBeUndefined();
    expect(kindOf([])).toBeUndefined();
  });
});

test("notes have a group for each kind of change, and none that is empty", () => {
  const commits = [
    fix,
    commit("ci: faster runs"),
    commit("docs: words"),
    commit("feat(db)!: schema 2\n\nBREAKING CHANGE: old dumps do not load\nUpgrade: run migrate\ntwice"),
  ];
  expect(notesMarkdown(releaseNotes(commits))).toBe(
    [
      "### Breaking changes\n\n- **db**: old dumps do not load (0123456)\n",
      "### Upgrade instructions\n\n- **db**: run migrate\n  twice (0123456)\n",
      "### Features\n\n- **db**: schema 2 (0123456)\n",
      "### Fixes\n\n- a typo (0123456)\n",
      "### Infrastructure changes\n\n- faster runs (0123456)\n",
      "### Other\n\n- words (0123456)\n",
    ].join("\n"),
  );
  expect(notesMarkdown(releaseNotes([]))).toBe("");
});
