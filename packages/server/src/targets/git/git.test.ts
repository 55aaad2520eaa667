import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { gitTargetSchema } from "@sluice/core/targets/git/schema.ts";
import { manifestOf } from "@sluice/core/testing/manifests.ts";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { systemClock } from "../../clock/clock.ts";
import { orderFor, targetContract } from "../contract.ts";
import { TargetFailure } from "../failure.ts";
import type { Account, Order } from "../target.ts";
import { Cut } from "./cut.ts";
import { gitTarget } from "./git.ts";
import { type GitHttpServer, serveGit } from "./git-http-server.ts";
import { TestEnvironment } from "./test-environment.ts";

const hasTools = ["git", "ssh-keygen", "gpg"].every((program) =>
  (process.env.PATH ?? "").split(":").some((folder) => existsSync(join(folder, program))),
);

const values = '# What production runs.\nimage:\n  tag: "0.9.0" # set by Sluice\nreplicas: 3\n';
const file = { yaml: { path: "prod/values.yaml", set: { "image.tag": "{version}" } } };

const release = (version: string) => ({
  version,
  manifest: manifestOf(version),
  digest: "d".repeat(64),
  publishedAt: 0,
  publishedBy: "ci",
});

const failure = (promise: Promise<unknown>): Promise<TargetFailure> =>
  promise.then(
    () => {
      throw new Error("it did not fail");
    },
    (error: unknown) => {
      if (error instanceof TargetFailure) return error;
      throw error;
    },
  );

const patient = () => new AbortController().signal;

// Skipped where git or what it signs with is missing: what they do is the whole matter.
describe.skipIf(!hasTools)("target git", () => {
  let environment: TestEnvironment;
  let scratch: string;
  beforeEach(() => {
    environment = new TestEnvironment({ "prod/values.yaml": values });
    scratch = join(environment.home, "scratch");
    execFileSync("mkdir", [scratch]);
    vi.stubEnv("TMPDIR", scratch);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    environment.remove();
  });

  const open = (
    config: object = {},
    secrets: Readonly<Record<string, string>> = {},
    pushTo: readonly string[] = ["."],
  ) =>
    gitTarget(gitTargetSchema.parse({ repository: "envs.git", files: [file], ...config }), {
      clock: systemClock,
      secrets: (name) => secrets[name],
      repositoriesDir: environment.folder,
      pushTo,
    });
  const account: Account = { promotion: "production-3", approvedBy: ["team-lead", "on-call"], before: "0.9.0" };
  const order = (version: string, more: Partial<Order> = {}): Order => ({
    ...orderFor({ main: release(version) }),
    account,
    ...more,
  });
  const back = (from: string, to: string | null): Order => ({
    ...orderFor({ main: to === null ? null : release(to), leaving: release(from) }),
    account: { promotion: "production-3", approvedBy: [], ended: { reason: "latency doubled", by: "bob" } },
  });
  const tagNow = () => /tag: "?(.*?)"? #/.exec(environment.read("prod/values.yaml"))?.[1];
  const log = (format: string, count = 1) => environment.run("log", `-${count}`, `--format=${format}`, "main");

  describe("over HTTP by git's own server", () => {
    const servers: GitHttpServer[] = [];
    afterEach(async () => {
      for (const server of servers.splice(0)) await server.close();
    });
    targetContract("git", async () => {
      const world = new TestEnvironment({ "prod/values.yaml": values });
      const cut = new Cut();
      const server = await serveGit(world.folder, { password: "robot:s3cret", cut });
      servers.push(server);
      const config = gitTargetSchema.parse({
        repository: `${server.url}/envs.git`,
        files: [file],
        tag: "v{version}",
        credentials: { password: { user: "robot", secret: "TOKEN" } },
      });
      return {
        open: () => gitTarget(config, { clock: systemClock, secrets: () => "s3cret", pushTo: [`${server.url}/`] }),
        older: release("1.0.0"),
        newer: release("1.1.0"),
        live: async () => ({ main: /tag: "(.*)"/.exec(world.read("prod/values.yaml"))?.[1] ?? null }),
        changes: () => cut.changes,
        cutAfter: (changes) => {
          cut.left = changes;
        },
        remove: async () => world.remove(),
      };
    });
  });

  test("commits what a reviewer would accept: one line, who asked and who approved", async () => {
    const one = order("1.0.0");
    const done = await open().deploy(one, patient());
    expect(environment.run("show", "--format=%an <%ae>%n%B", "main")).toBe(
      `Sluice <sluice@localhost>
Deploy myapp 1.0.0 to production

production had 0.9.0 before.

Sluice-Release: myapp 1.0.0
Sluice-Stage: production
Sluice-Promotion: myapp/production-3
Approved-by: team-lead
Approved-by: on-call
Sluice-Effect: ${one.id}


diff --git a/prod/values.yaml b/prod/values.yaml
${environment.run("diff", "main^", "main").split("\n")[1]}
--- a/prod/values.yaml
+++ b/prod/values.yaml
@@ -1,4 +1,4 @@
 # What production runs.
 image:
-  tag: "0.9.0" # set by Sluice
+  tag: "1.0.0" # set by Sluice
 replicas: 3`,
    );
    expect(done).toMatchObject({
      repository: "envs.git",
      branch: "main",
      commit: log("%H"),
      changed: ["prod/values.yaml"],
    });
    expect(readdirSync(scratch)).toEqual([]);
  });

  test("goes back by reverting its commit, where nobody has changed the file since", async () => {
    await open().deploy(order("1.0.0"), patient());
    await open().deploy(order("1.1.0", { account: { ...account, before: "1.0.0" } }), patient());
    const deployed = log("%H");
    environment.change({ "README.md": "of others\n" }, "Others go on");
    await open().rollback(back("1.1.0", "1.0.0"), patient());
    expect(tagNow()).toBe("1.0.0");
    expect(log("%B")).toContain(
      `Revert "Deploy myapp 1.1.0 to production"\n\nThis reverts commit ${deployed}.\n\nproduction goes back from 1.1.0 to 1.0.0: latency doubled (bob)\n\nSluice-Release: myapp 1.0.0\nSluice-Leaving: myapp 1.1.0\n`,
    );
    expect(environment.run("diff", `${deployed}^`, "main", "--", "prod")).toBe("");
    const before = log("%H");
    await open().rollback(back("1.1.0", "1.0.0"), patient());
    expect(log("%H")).toBe(before);
  });

  test("goes back by the values alone where somebody has changed the file since, and keeps that", async () => {
    await open().deploy(order("1.0.0"), patient());
    await open().deploy(order("1.1.0", { account: { ...account, before: "1.0.0" } }), patient());
    environment.change({ "prod/values.yaml": environment.read("prod/values.yaml").replace("3", "5") }, "More of them");
    await open().rollback(back("1.1.0", "1.0.0"), patient());
    expect(log("%s")).toBe("Roll back myapp from 1.1.0 to 1.0.0 in production");
    expect(environment.read("prod/values.yaml")).toBe(values.replace("0.9.0", "1.0.0").replace("3", "5").trim());
  });

  test("goes back from the first release to what was there before it", async () => {
    await open().deploy(order("1.0.0"), patient());
    await open().rollback(back("1.0.0", null), patient());
    expect(environment.read("prod/values.yaml")).toBe(values.trim());
    expect(log("%s")).toBe('Revert "Deploy myapp 1.0.0 to production"');
    await open().rollback(back("1.0.0", null), patient());
    expect(environment.run("rev-list", "--count", "main")).toBe("3");
  });

  test("says what it would change as a diff, and changes nothing", async () => {
    const head = log("%H");
    const plan = await open().plan?.(order("1.0.0"), patient());
    expect(plan?.changes).toBe(true);
    expect(plan?.text).toContain(`on main of envs.git, at ${head.slice(0, 12)}:\ndiff --git`);
    expect(plan?.text).toContain('-  tag: "0.9.0" # set by Sluice\n+  tag: "1.0.0" # set by Sluice\n');
    expect(log("%H")).toBe(head);
  });

  test("ten writers at one time all get through, and none undoes another", async () => {
    const stages = Array.from({ length: 10 }, (_, i) => `stage-${i}`);
    environment.change(Object.fromEntries(stages.map((name) => [`${name}/version`, "0.9.0\n"])), "Ten stages");
    await Promise.all(
      stages.map((name) =>
        open({ files: [{ text: { path: `${name}/version`, set: "{version}" } }] }).deploy(order("1.0.0"), patient()),
      ),
    );
    expect(stages.map((name) => environment.read(`${name}/version`))).toEqual(stages.map(() => "1.0.0"));
    expect(environment.run("rev-list", "--count", "main")).toBe("12");
    expect(environment.run("rev-list", "--merges", "--count", "main")).toBe("0");
  }, 60_000);

  test("is not fooled by a change of others in between", async () => {
    await open().deploy(order("1.0.0"), patient());
    environment.change({ "prod/values.yaml": values }, "By hand");
    expect(await open().verify?.(order("1.0.0"), patient())).toMatchObject({
      agrees: false,
      text: "prod/values.yaml on main of envs.git does not say 1.0.0",
    });
  });

  describe("a tag", () => {
    test("is annotated, says what it is of, and stays on the way back", async () => {
      await open({ tag: "v{version}" }).deploy(order("1.0.0"), patient());
      expect(environment.run("cat-file", "-t", "v1.0.0")).toBe("tag");
      expect(environment.run("rev-parse", "v1.0.0^{commit}")).toBe(log("%H"));
      expect(environment.run("tag", "-l", "--format=%(tag) %(contents)", "v1.0.0")).toBe(
        "v1.0.0 Release v1.0.0: myapp 1.0.0 in production\n\nSluice-Release: myapp 1.0.0\nSluice-Stage: production",
      );
      const object = environment.run("rev-parse", "v1.0.0");
      environment.change({ "README.md": "more\n" }, "More");
      await open({ tag: "v{version}" }).deploy(order("1.0.0"), patient());
      expect(environment.run("rev-parse", "v1.0.0")).toBe(object);
    });

    test("is never moved: one of somebody else's stops it before anything is changed", async () => {
      environment.run("tag", "v1.0.0", "main");
      environment.change({ "README.md": "more\n" }, "More");
      const failed = await failure(open({ tag: "v{version}" }).deploy(order("1.0.0"), patient()));
      expect(failed).toMatchObject({ retryable: false, message: expect.stringMatching(/A tag is never moved/) });
      expect(tagNow()).toBe("0.9.0");
    });
  });

  describe("commits are signed", () => {
    test("with an SSH key", async () => {
      const key = join(environment.home, "key");
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "sluice", "-f", key]);
      const signers = join(environment.home, "signers");
      writeFileSync(signers, `sluice@localhost ${readFileSync(`${key}.pub`, "utf8")}`);
      const secrets = { KEY: readFileSync(key, "utf8") };
      await open({ sign: { ssh: { secret: "KEY" } }, tag: "v{version}" }, secrets).deploy(order("1.0.0"), patient());
      const verify = (what: string, name: string) =>
        environment.run("-c", `gpg.ssh.allowedSignersFile=${signers}`, what, name);
      expect(() => verify("verify-commit", "main")).not.toThrow();
      expect(() => verify("verify-tag", "v1.0.0")).not.toThrow();
      expect(readdirSync(scratch)).toEqual([]);
    });

    test("with an OpenPGP key", async () => {
      const home = join(environment.home, "gnupg");
      execFileSync("mkdir", ["-m", "700", home]);
      const gpg = (...args: string[]) =>
        execFileSync(
          "gpg",
          ["--homedir", home, "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", ...args],
          { stdio: ["ignore", "pipe", "ignore"], encoding: "utf8" },
        );
      try {
        gpg("--quick-gen-key", "Sluice <sluice@localhost>", "ed25519", "sign", "never");
        const secrets = { KEY: gpg("--armor", "--export-secret-keys") };
        await open({ sign: { openpgp: { secret: "KEY" } } }, secrets).deploy(order("1.0.0"), patient());
        vi.stubEnv("GNUPGHOME", home);
        expect(() => environment.run("verify-commit", "main")).not.toThrow();
        expect(readdirSync(scratch)).toEqual([]);
      } finally {
        execFileSync("gpgconf", ["--homedir", home, "--kill", "gpg-agent"]);
      }
    });
  });

  describe("what cannot be done is refused with what to do, and changes nothing:", () => {
    const refused = async (config: object, message: RegExp, pushTo?: readonly string[]) => {
      const before = log("%H");
      expect(await failure(open(config, {}, pushTo).deploy(order("1.0.0"), patient()))).toMatchObject({
        retryable: false,
        message: expect.stringMatching(message),
      });
      expect(log("%H")).toBe(before);
      expect(readdirSync(scratch)).toEqual([]);
    };

    test("a file, a path, a branch or a repository that is not there", async () => {
      await refused({ files: [{ text: { path: "gone", set: "{version}" } }] }, /there is no file gone on main/);
      await refused(
        { files: [{ yaml: { path: "prod/values.yaml", set: { "image.tga": "{version}" } } }] },
        /prod\/values.yaml has nothing at image.tga/,
      );
      await refused({ files: [{ text: { path: "prod", set: "{version}" } }] }, /prod is no file/);
      await refused({ branch: "gone" }, /has no branch gone/);
      await refused({ repository: "gone.git" }, /is not in the server's folder for repositories/);
      await refused(
        { files: [{ yaml: { path: "prod/values.yaml", set: { "image.tag": "{digest:web}" } } }] },
        /has no component web/,
      );
    });

    test("a link in the repository that leads out of it", async () => {
      execFileSync("ln", ["-s", "/etc/passwd", join(environment.home, "carol", "link")]);
      environment.change({}, "A link");
      await refused({ files: [{ text: { path: "link", set: "{version}" } }] }, /link is no file/);
    });

    test("what the server's operator does not allow", async () => {
      await refused({}, /may not push to envs.git: .* --push-to envs.git/, []);
      await refused({}, /--push-to/, ["https://forge.example/"]);
      await refused({ repository: "https://forge.example.evil/envs.git" }, /--push-to/, ["https://forge.example", "."]);
      await refused(
        { credentials: { password: { user: "a", secret: "NONE" } }, repository: "https://127.0.0.1:1/e.git" },
        /no secret NONE/,
        ["https://127.0.0.1:1/"],
      );
    });

    test("what the other side's rules refuse, with what it says", async () => {
      const hook = join(environment.repository, "hooks", "pre-receive");
      writeFileSync(hook, "#!/bin/sh\necho main is protected: open a pull request >&2\nexit 1\n", { mode: 0o755 });
      await refused({}, /does not take the commit: pre-receive hook declined: main is protected: open a pull request/);
    });
  });

  test("a password that is refused is tried again for a while, and never shown", async () => {
    const server = await serveGit(environment.folder, { password: "robot:right" });
    try {
      const config = {
        repository: `${server.url}/envs.git`,
        credentials: { password: { user: "robot", secret: "TOKEN" } },
      };
      const failed = await failure(
        open(config, { TOKEN: "wr0ng-secret" }, [`${server.url}/`]).deploy(order("1.0.0"), patient()),
      );
      expect(failed).toMatchObject({ retryable: true });
      expect(JSON.stringify([failed.message, failed.evidence])).not.toMatch(/wr0ng|cm9ib3Q/);
    } finally {
      await server.close();
    }
  });

  test("a server that takes the question and does not answer is given up on, and nothing is left running", async () => {
    const sockets: Promise<unknown>[] = [];
    const silent = createServer((socket) => {
      sockets.push(new Promise((resolve) => socket.once("close", resolve)));
      socket.on("error", () => undefined).resume();
    });
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    try {
      const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
      // On a busy machine a second may be over before git has come to ask.
      for (let seconds = 1; sockets.length === 0; seconds *= 2) {
        const timeout = `${seconds}s`;
        const failed = await failure(
          open({ repository: `${url}envs.git`, timeout }, {}, [url]).deploy(order("1.0.0"), patient()),
        );
        expect(failed).toMatchObject({ retryable: true, message: `${url}envs.git did not answer within ${timeout}` });
      }
      await Promise.all(sockets);
      expect(readdirSync(scratch)).toEqual([]);
    } finally {
      await new Promise((resolve) => silent.close(resolve));
    }
  });
});
