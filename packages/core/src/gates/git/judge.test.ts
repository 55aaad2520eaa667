import { expect, test } from "vitest";
import { type GitFacts, type GitQuestion, judgeGit } from "./judge.ts";

const commit = "c0ffee".padEnd(40, "0");
const other = "badbad".padEnd(40, "0");
const object = "7a6".padEnd(40, "0");
const head = "4ead".padEnd(40, "0");
const question: GitQuestion = { repository: "shop.git", commit, tag: "v1.2.0", signed: true, branch: "main" };
const facts = {
  tag: { object, commit, signer: "carol@example" },
  branch: { head, contains: true },
} satisfies GitFacts;

test("everything that was asked for is so, and what it rests on is kept", () => {
  expect(judgeGit(question, facts)).toEqual({
    verdict: "pass",
    reason: "c0ffee000000 has tag v1.2.0, signed by carol@example and is on main",
    evidence: {
      repository: "shop.git",
      commit,
      tag: "v1.2.0",
      tagObject: object,
      tagCommit: commit,
      signer: "carol@example",
      branch: "main",
      branchHead: head,
    },
  });
});

test("the beginning of a commit is enough", () => {
  expect(judgeGit({ ...question, commit: "c0ffee0" }, facts).verdict).toBe("pass");
});

test("what was not asked for does not count", () => {
  const { tag: _, ...branchOnly } = { ...question, signed: false };
  expect(judgeGit(branchOnly, { branch: facts.branch })).toMatchObject({
    verdict: "pass",
    reason: "c0ffee000000 is on main",
  });
  const { branch: __, ...tagOnly } = { ...question, signed: false };
  const unsigned = { tag: { object, commit } };
  expect(judgeGit(tagOnly, unsigned)).toMatchObject({ verdict: "pass", reason: "c0ffee000000 has tag v1.2.0" });
});

test.each<[GitFacts, string]>([
  [{ branch: facts.branch }, "tag v1.2.0 does not exist"],
  [
    { ...facts, tag: { ...facts.tag, commit: other } },
    "tag v1.2.0 points to badbad000000, the release was built from c0ffee000000",
  ],
  [{ ...facts, tag: { object, commit } }, "tag v1.2.0 is not signed by a key that this server trusts"],
  [{ ...facts, branch: { head, contains: false } }, "c0ffee000000 is not on main"],
  [{ tag: facts.tag }, "branch main does not exist"],
  [{}, "tag v1.2.0 does not exist; branch main does not exist"],
])("%j fails: %s", (found, reason) => {
  expect(judgeGit(question, found)).toMatchObject({ verdict: "fail", reason });
});
