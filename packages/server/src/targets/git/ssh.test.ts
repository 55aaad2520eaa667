import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gitTargetSchema } from "@sluice/core/targets/git/schema.ts";
import { manifestOf } from "@sluice/core/testing/manifests.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { debianTest } from "../../analysis/debian-server.ts";
import { systemClock } from "../../clock/clock.ts";
import { tagsOf } from "../../discovery/git-tags.ts";
import { askGit } from "../../git/ask-git.ts";
import { carryOut } from "../carry-out.ts";
import { orderFor } from "../contract.ts";
import { gitTarget } from "./git.ts";
import { type SshServer, serveSsh, sshd } from "./ssh-server.ts";
import { TestEnvironment } from "./test-environment.ts";

const patient = () => new AbortController().signal;
const installed = debianTest("by SSH, at a real OpenSSH server", sshd, "/usr/bin/git", "/usr/bin/ssh");

describe.skipIf(installed.missing)(installed.name, () => {
  let folder: string;
  let environment: TestEnvironment;
  let server: SshServer;
  let address: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "sluice-ssh-"));
    environment = new TestEnvironment({ version: "0.9.0\n" });
    server = await serveSsh(folder);
    address = `${server.url}${environment.repository}`;
  });
  afterAll(async () => {
    await server?.stop();
    environment?.remove();
    rmSync(folder, { recursive: true });
  });

  const head = () => environment.run("rev-parse", "main");
  const deploy = (version: string, sshConfig: string, key?: string) => {
    const spec = gitTargetSchema.parse({
      repository: address,
      files: [{ text: { path: "version", set: "{version}" } }],
      tag: "v{version}",
      ...(key === undefined ? {} : { credentials: { "ssh-key": { secret: "KEY" } } }),
    });
    const target = gitTarget(spec, { clock: systemClock, secrets: () => key, sshConfig, pushTo: [`${server.url}/`] });
    const release = { version, manifest: manifestOf(version), digest: version, publishedAt: 0, publishedBy: "ci" };
    return carryOut(target, orderFor({ main: release }), patient());
  };
  const withOwnKey = (hostKey: "own" | "other" | "none") =>
    server.config(hostKey, `  IdentityFile ${join(folder, "client")}\n  IdentitiesOnly yes`);

  test("a release is pushed with a key that is a secret of the server's, and read back", async () => {
    const done = await deploy("1.0.0", server.config("own"), server.key);
    expect(environment.read("version")).toBe("1.0.0");
    expect(done).toMatchObject({ deploy: { commit: head(), tag: "v1.0.0" }, verify: { commit: head() } });
    expect(environment.run("rev-parse", "v1.0.0^{commit}")).toBe(head());
  });

  test("or with the key that the operator's configuration names", async () => {
    await deploy("1.1.0", withOwnKey("own"));
    expect(environment.read("version")).toBe("1.1.0");
  });

  test.each([
    ["a host whose key is not known", "none", /host key is known|Host key verification failed/],
    ["a host whose key is another than the known one", "other", /Host key verification failed/],
  ] as const)("%s is not spoken to, and a person is told", async (_, hostKey, message) => {
    const before = head();
    // Also where the configuration would take any.
    const config = server.config(hostKey, "  StrictHostKeyChecking no");
    const refused = deploy("1.2.0", config, server.key);
    await expect(refused).rejects.toMatchObject({ retryable: false, message: expect.stringMatching(message) });
    await expect(refused).rejects.toThrow(/--ssh-config/);
    expect(head()).toBe(before);
  });

  test("a key that the host does not take is said to be refused, and never shown", async () => {
    const before = head();
    const error = await deploy("1.2.0", server.config("own"), server.otherKey).catch((failed: Error) => failed);
    expect(error).toMatchObject({ retryable: true, message: expect.stringMatching(/Permission denied \(publickey/) });
    expect(JSON.stringify(error)).not.toContain(server.otherKey.split("\n")[1]);
    expect(head()).toBe(before);
  });

  test("the git gate asks it, and gets no answer from a host that it does not know", async () => {
    environment.run("tag", "v2.0.0", "main");
    const ask = (sshConfig: string) =>
      askGit(systemClock, { sshConfig })(
        { repository: address, commit: head(), tag: "v2.0.0", branch: "main", signed: false },
        patient(),
      );
    expect(await ask(withOwnKey("own"))).toMatchObject({ verdict: "pass", evidence: { tagCommit: head() } });
    expect(await ask(withOwnKey("none"))).toMatchObject({ verdict: "error" });
    expect(await ask(withOwnKey("other"))).toMatchObject({ verdict: "error" });
  });

  test("tags are found by it", async () => {
    environment.run("tag", "v3.0.0", "main");
    const look = { clock: systemClock, repositoriesDir: undefined, sshConfig: withOwnKey("own") };
    const subscription = { repository: address, tag: "v{version}" } as Parameters<typeof tagsOf>[0];
    const blobs = {} as Parameters<typeof tagsOf>[1]["blobs"];
    expect((await tagsOf(subscription, { ...look, blobs }, patient())).get("v3.0.0")).toBe(head());
  });
});
