import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Desk, openDesk, openServedDesk, pipelineText } from "./harness.ts";

let desk: Desk;
const identity = {
  GIT_AUTHOR_NAME: "A",
  GIT_AUTHOR_EMAIL: "a@example.org",
  GIT_COMMITTER_NAME: "A",
  GIT_COMMITTER_EMAIL: "a@example.org",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
};
const git = (...args: string[]) =>
  execFileSync("git", args, { cwd: desk.folder, env: { ...process.env, ...identity }, stdio: "pipe" });
const commit = (message: string) => git("commit", "--quiet", "--allow-empty", "-m", message);

beforeEach(async () => {
  desk = await openDesk();
  git("init", "--quiet", "-b", "main");
  commit("feat: begin");
});
afterEach(() => desk.clear());

it("proposes the first version, and none where nothing changed", async () => {
  expect(await desk.sluice(["notes"])).toMatchObject({
    code: 0,
    err: "Next version: 0.1.0 (the first)\n",
    out: expect.stringMatching(/^### Features\n\n- begin \([0-9a-f]{7}\)\n$/),
  });
  git("tag", "v1.0.0");
  expect(await desk.sluice(["notes"])).toMatchObject({ code: 0, err: "Nothing changed since 1.0.0.\n", out: "" });
});

it("reads what lies between two refs", async () => {
  git("tag", "v1.9.0");
  commit("fix(cart): sums");
  git("tag", "v1.10.0");
  git("tag", "not-a-version");
  commit("feat: search\n\nBREAKING CHANGE: the index is rebuilt\nUpgrade: run reindex");
  expect((await desk.sluice(["notes", "--json"])).json()).toMatchObject({
    last: "1.10.0",
    proposed: "2.0.0",
    kind: "major",
    groups: { breaking: [{ text: "the index is rebuilt" }], features: [{ text: "search" }], fixes: [] },
    notes: expect.stringContaining("### Upgrade instructions\n\n- run reindex"),
  });
  expect((await desk.sluice(["notes", "--from", "v1.9.0", "--to", "v1.10.0", "--json"])).json()).toMatchObject({
    last: "1.9.0",
    proposed: "1.9.1",
    groups: { fixes: [{ scope: "cart", text: "sums" }], features: [] },
  });
  expect(await desk.sluice(["notes", "--check", "1.11.0"])).toMatchObject({
    code: 1,
    out: "",
    err: expect.stringMatching(/too low .*at least 2\.0\.0/),
  });
  expect((await desk.sluice(["notes", "--check", "2.0.0"])).code).toBe(0);
});

it.each([
  [["--to", "--output=stolen"], /must be a tag, a branch or a commit/],
  [["--from", "a..b"], /must be a tag, a branch or a commit/],
  [["--from", "v9.9.9"], /git could not read/],
  [["--repository", "missing"], /git could not read/],
  [["--check", "v1"], /SemVer/],
])("says what is wrong with %j", async (argv, message) => {
  expect(await desk.sluice(["notes", ...argv])).toMatchObject({
    code: 2,
    out: "",
    err: expect.stringMatching(message),
  });
});

it("holds what is published to its commits: a warning, or a refusal where it is asked for", async () => {
  git("tag", "v1.0.0");
  commit("feat!: another API");
  git("tag", "v1.0.1");
  const sha = git("rev-parse", "HEAD").toString().trim();
  const served = await openServedDesk();
  try {
    await desk.file("app", "one");
    await desk.file("sluice.yaml", pipelineText());
    const env = { SLUICE_URL: served.server.url, SLUICE_TOKEN: served.server.adminToken ?? "" };
    await desk.sluice(["apply", "-f", "sluice.yaml"], { env });
    const publish = (version: string, ...more: string[]) =>
      desk.sluice(["publish", version, "--component", "app=app", ...more], { env });
    const refused = await publish("1.0.1", "--commit", sha, "--check-version");
    expect(refused).toMatchObject({
      code: 1,
      err: expect.stringMatching(/too low .* major, so at least 2\.0\.0\. Nothing/),
    });
    expect((await desk.sluice(["releases", "--json"], { env })).json()).toMatchObject({ releases: [] });
    expect(await publish("1.0.1", "--commit", sha)).toMatchObject({
      code: 0,
      err: expect.stringMatching(/Warning: 1\.0\.1 is too low/),
    });
    expect((await publish("2.0.0", "--commit", sha, "--check-version")).code).toBe(0);
    // A commit of another repository, and no commit at all, are nothing to be held to.
    expect((await publish("2.0.1", "--commit", "ab".repeat(20))).err).not.toMatch(/Warning/);
    expect((await publish("2.0.2")).err).not.toMatch(/Warning/);
    expect((await publish("2.0.3", "--commit", "ab".repeat(20), "--check-version")).code).toBe(2);
  } finally {
    await served.clear();
  }
});
