import { existsSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import type { GitQuestion } from "@sluice/core/gates/git/judge.ts";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { systemClock } from "../clock/clock.ts";
import { startTestServer } from "../http/test-server.ts";
import { askGit, type GitOptions } from "./ask-git.ts";
import { TestRepository } from "./test-repository.ts";

const hasTools = ["git", "ssh-keygen"].every((program) =>
  (process.env.PATH ?? "").split(":").some((folder) => existsSync(join(folder, program))),
);

// Skipped where git or ssh-keygen is missing: what they do is the whole matter.
describe.skipIf(!hasTools)("a repository is asked", () => {
  let forge: TestRepository;
  let first: string;
  let second: string;
  let aside: string;

  beforeEach(() => {
    forge = new TestRepository();
    vi.stubEnv("TMPDIR", forge.scratch);
    first = forge.commit("first");
    second = forge.commit("second", "main", first);
    aside = forge.commit("aside", "feature", first);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    forge.remove();
  });

  const asker = (options: GitOptions = {}) =>
    askGit(systemClock, { repositoriesDir: forge.folder, signersFile: forge.signers, ...options });
  const about = (commit: string, more: Partial<GitQuestion> = {}): GitQuestion => ({
    repository: "shop.git",
    commit,
    tag: "v1.0.0",
    signed: false,
    branch: "main",
    ...more,
  });
  const ask = (question: GitQuestion, options?: GitOptions) => asker(options)(question, new AbortController().signal);

  test("whether the tag is there, points to the commit, and the commit is on the branch", async () => {
    expect(await ask(about(first))).toMatchObject({ verdict: "fail", reason: "tag v1.0.0 does not exist" });
    forge.run("tag", "v1.0.0", first);
    expect(await ask(about(first))).toMatchObject({
      verdict: "pass",
      evidence: { tagObject: first, tagCommit: first, branchHead: second },
    });
    expect((await ask(about(first.slice(0, 7)))).verdict).toBe("pass");
    expect(await ask(about(second))).toMatchObject({
      verdict: "fail",
      reason: `tag v1.0.0 points to ${first.slice(0, 12)}, the release was built from ${second.slice(0, 12)}`,
    });
    const { tag: _, ...untagged } = about(aside);
    expect(await ask(untagged)).toMatchObject({
      verdict: "fail",
      reason: `${aside.slice(0, 12)} is not on main`,
    });
    expect((await ask({ ...untagged, commit: first.slice(0, 7) })).verdict).toBe("pass");
    expect((await ask({ ...untagged, branch: "gone" })).reason).toBe("branch gone does not exist");
    forge.run("tag", "--force", "v1.0.0", aside);
    expect(await ask(about(aside))).toMatchObject({ verdict: "fail", reason: `${aside.slice(0, 12)} is not on main` });
    expect(readdirSync(forge.scratch)).toEqual([]);
  });

  describe("who signed the tag:", () => {
    const untrusted = { verdict: "fail", reason: "tag v1.0.0 is not signed by a key that this server trusts" };
    const signed = () => about(first, { signed: true });

    test("a key that the server trusts", async () => {
      forge.sign("carol", "v1.0.0", first);
      expect(await ask(signed())).toMatchObject({
        verdict: "pass",
        reason: `${first.slice(0, 12)} has tag v1.0.0, signed by carol@example and is on main`,
        evidence: { signer: "carol@example", tagObject: forge.run("rev-parse", "v1.0.0"), tagCommit: first },
      });
    });

    test("another key, or nobody", async () => {
      forge.sign("mallory", "v1.0.0", first);
      expect(await ask(signed())).toMatchObject(untrusted);
      forge.run("tag", "--force", "-a", "-m", "unsigned", "v1.0.0", first);
      expect(await ask(signed())).toMatchObject(untrusted);
      forge.run("tag", "--force", "v1.0.0", first);
      expect(await ask(signed())).toMatchObject(untrusted);
    });

    test("a trusted key, but under another name", async () => {
      forge.sign("carol", "v0.9.0", first);
      forge.run("update-ref", "refs/tags/v1.0.0", forge.run("rev-parse", "v0.9.0"));
      expect(await ask(signed())).toMatchObject(untrusted);
    });

    test("a key that is trusted no longer, although the answer was remembered", async () => {
      forge.sign("carol", "v1.0.0", first);
      const one = asker();
      const { signal } = new AbortController();
      expect((await one(signed(), signal)).verdict).toBe("pass");
      writeFileSync(forge.signers, readFileSync(forge.signers, "utf8").replace(/^/, "# "));
      expect(await one(signed(), signal)).toMatchObject(untrusted);
    });

    test("nobody can say where the server trusts no keys", async () => {
      forge.sign("carol", "v1.0.0", first);
      expect(await ask(signed(), { signersFile: undefined })).toMatchObject({
        verdict: "fail",
        reason: expect.stringMatching(/trusts no key.*--allowed-signers FILE/),
      });
      expect((await ask(signed(), { signersFile: join(forge.folder, "none") })).verdict).toBe("error");
    });
  });

  test("again when the branch has moved, and without its history when it has not", async () => {
    forge.run("tag", "v1.0.0", aside);
    const one = asker();
    const { signal } = new AbortController();
    expect((await one(about(aside), signal)).verdict).toBe("fail");
    forge.commit("merge", "main", second, aside);
    expect((await one(about(aside), signal)).verdict).toBe("pass");
    // Without the file that holds it, the commit cannot be fetched: the names alone are still read.
    const object = join(forge.repository, "objects", first.slice(0, 2), first.slice(2));
    renameSync(object, `${object}.away`);
    expect((await one(about(aside), signal)).verdict).toBe("pass");
    expect((await ask(about(aside))).verdict).toBe("error");
  });

  test("in vain when it is gone, lies elsewhere or leads out: an error, never an answer", async () => {
    const error = (reason: RegExp) => ({ verdict: "error", reason: expect.stringMatching(reason) });
    expect(await ask(about(first, { repository: "gone.git" }))).toMatchObject(error(/gone\.git could not be asked/));
    symlinkSync(forge.scratch, join(forge.folder, "out"));
    expect(await ask(about(first, { repository: "out" }))).toMatchObject(error(/leads out/));
    expect(await ask(about(first), { repositoriesDir: undefined })).toMatchObject(error(/--repositories DIR/));
    for (const repository of ["ext::sh -c exit", "http://127.0.0.1:1/shop.git"])
      expect(await ask(about(first, { repository }))).toMatchObject(error(/not allowed/));
    const refused = about(first, { repository: "https://127.0.0.1:1/shop.git" });
    expect(await ask(refused)).toMatchObject(error(/unable to access/));
  });

  test("for a while, and then no longer, when it takes the question and does not answer", async () => {
    const silent = createServer((socket) => socket.on("error", () => undefined).resume());
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    try {
      const repository = `https://127.0.0.1:${(silent.address() as AddressInfo).port}/shop.git`;
      const connected = new Promise<{ closed: Promise<unknown> }>((resolve) =>
        silent.once("connection", (socket) => {
          resolve({ closed: new Promise((closed) => socket.once("close", closed)) });
        }),
      );
      const stop = new AbortController();
      const stopped = asker()(about(first, { repository }), stop.signal);
      const { closed } = await connected;
      stop.abort();
      expect(await stopped).toMatchObject({ verdict: "error", reason: expect.stringMatching(/was stopped/) });
      await closed;
      expect(await ask(about(first, { repository }), { timeoutMs: 300 })).toMatchObject({
        verdict: "error",
        reason: `${repository} could not be asked: it did not answer within 300ms`,
      });
    } finally {
      await new Promise((resolve) => silent.close(resolve));
    }
  });

  test("by a server, and the release enters when its tag is signed", async () => {
    const sluice = await startTestServer({ repositoriesDir: forge.folder, signersFile: forge.signers });
    try {
      const gate = "git: { repository: shop.git, signed: true }";
      const body = `apiVersion: sluice/v1\napp: shop\nstages:\n  - name: dev\n  - name: beta\n    gates:\n      - ${gate}\n`;
      expect((await sluice.call("PUT", "/api/v1/apps/shop/pipeline", { body })).status).toBe(200);
      const why = async (version: string) => (await sluice.call("GET", `/api/v1/apps/shop/why/${version}/beta`)).body;
      await sluice.publish("shop", "1.0.0", { commit: first });
      await sluice.until("it is refused", async () =>
        JSON.stringify(await why("1.0.0")).includes("tag v1.0.0 does not exist"),
      );
      forge.sign("carol", "v1.0.1", second);
      await sluice.publish("shop", "1.0.1", { commit: second });
      await sluice.until("it is live in beta", async () => (await why("1.0.1")).standing === "live");
    } finally {
      await sluice.close();
    }
  });
});
