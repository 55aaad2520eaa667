import { expect, test } from "vitest";
import { changeOf, originOf } from "./delivery.ts";

const commit = "0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c";
const tagObject = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
const nothing = "0".repeat(40);
const push = { ref: "refs/heads/main", before: nothing, after: commit, created: false, deleted: false, forced: false };

test.each([
  ["a push to a branch", "push", { ...push, head_commit: { id: commit } }, { kind: "merge", branch: "main", commit }],
  [
    "a branch with a slash",
    "push",
    { ...push, ref: "refs/heads/release/1" },
    { kind: "merge", branch: "release/1", commit },
  ],
  [
    "a merge, with the commits that it brought",
    "push",
    { ...push, commits: [{ id: tagObject }, { id: commit }] },
    { kind: "merge", branch: "main", commit, others: [tagObject] },
  ],
  [
    "a light tag",
    "push",
    { ...push, ref: "refs/tags/v1.2.3", head_commit: { id: commit } },
    { kind: "tag", tag: "v1.2.3", commit },
  ],
  [
    "an annotated tag, by the commit and not by the tag's own object",
    "push",
    { ...push, ref: "refs/tags/v1.2.3", after: tagObject, head_commit: { id: commit } },
    { kind: "tag", tag: "v1.2.3", commit },
  ],
  [
    "a deleted tag",
    "push",
    { ...push, ref: "refs/tags/v1", after: nothing, deleted: true, head_commit: null },
    { kind: "tag-deleted", tag: "v1" },
  ],
  [
    "a tag that is made",
    "create",
    { ref: "v1.2.3", ref_type: "tag", master_branch: "main" },
    { kind: "tag", tag: "v1.2.3" },
  ],
  ["a tag that is deleted", "delete", { ref: "v1.2.3", ref_type: "tag" }, { kind: "tag-deleted", tag: "v1.2.3" }],
  [
    "a pull request that was merged",
    "pull_request",
    {
      action: "closed",
      pull_request: { merged: true, merge_commit_sha: commit, base: { ref: "main" }, head: { sha: tagObject } },
    },
    { kind: "merge", branch: "main", commit, others: [tagObject] },
  ],
])("%s tells of that", (_, event, payload, change) => {
  expect(changeOf(event, payload)).toEqual(change);
});

test.each([
  ["ping", { zen: "Keep it logically awesome.", hook_id: 1 }],
  ["push", { ...push, after: nothing, deleted: true }],
  ["push", { ...push, ref: "refs/notes/commits" }],
  ["push", { ...push, after: "HEAD" }],
  ["push", null],
  ["create", { ref: "topic", ref_type: "branch" }],
  [
    "pull_request",
    { action: "closed", pull_request: { merged: false, merge_commit_sha: commit, base: { ref: "main" } } },
  ],
  [
    "pull_request",
    { action: "opened", pull_request: { merged: false, merge_commit_sha: null, base: { ref: "main" } } },
  ],
  ["star", { action: "created" }],
])("%s may tell of nothing", (event, payload) => {
  expect(changeOf(event, payload)).toEqual(expect.any(String));
});

test("a delivery says where it comes from and who caused it", () => {
  const repository = { full_name: "Octo-Org/Hello.World" };
  expect(originOf({ repository, sender: { login: "dependabot[bot]" } })).toEqual({
    repository: "octo-org/hello.world",
    actor: "github:dependabot[bot]",
  });
  expect(originOf({ repository })).toMatchObject({ actor: "github:ghost" });
  for (const payload of [null, [], {}, { repository: {} }, { repository: { full_name: "../../etc" } }])
    expect(originOf(payload)).toBeUndefined();
  expect(originOf({ repository, sender: { login: "a\nb" } })).toBeUndefined();
});
