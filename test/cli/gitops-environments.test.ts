import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GitHttpServer, serveGit } from "@sluice/server/targets/git/git-http-server.ts";
import { TestEnvironment } from "@sluice/server/targets/git/test-environment.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openServedDesk, type ServedDesk, until } from "./harness.ts";

const hasGit = (process.env.PATH ?? "").split(":").some((folder) => existsSync(join(folder, "git")));

const values = (tag: string) => `# What runs here.
modules:
  ref: ${tag} # set by Sluice
bucket:
  versioning: true
`;

// Asks the infrastructure itself, as `terraform show` would, and not whoever put the release there.
const verifyInfrastructure = (repository: string) => `#!/bin/sh
live=$(git --git-dir='${repository}' show main:prod/values.yaml | sed -n 's/^  ref: v\\([^ ]*\\).*/\\1/p')
echo "the infrastructure runs $live"
[ "$live" = "$SLUICE_VERSION" ]
`;

interface Status {
  readonly stages: readonly {
    readonly name: string;
    readonly live: { readonly version: string; readonly verification?: object } | null;
    readonly rolledBack: readonly string[];
    readonly waiting: readonly { readonly version: string }[];
    readonly targets: readonly { readonly state: string; readonly has: string | null }[];
  }[];
}

interface Why {
  readonly plans?: readonly { readonly text: string; readonly sha256: string }[];
}

/** Infrastructure by git, from a feature to production and back: the source and the environments are repositories of a real git server. */
describe.skipIf(!hasGit)("a release by git", () => {
  let source: TestEnvironment;
  let environments: TestEnvironment;
  let server: GitHttpServer;
  let desk: ServedDesk;
  let commands: string;
  let api: Server;
  /** A version whose API lets in whoever asks. */
  let careless = "";
  const tokens: Record<string, string> = {};

  beforeAll(async () => {
    environments = new TestEnvironment({ "dev/values.yaml": values("v0.0.0"), "prod/values.yaml": values("v0.0.0") });
    source = new TestEnvironment({ "main.tf": "# nothing yet\n" });
    server = await serveGit(environments.folder, { password: "robot:s3cret" });
    commands = await mkdtemp(join(tmpdir(), "sluice-verify-"));
    await writeFile(join(commands, "verify-infrastructure.sh"), verifyInfrastructure(environments.repository));
    await chmod(join(commands, "verify-infrastructure.sh"), 0o755);
    // What the environment runs: whatever its repository says.
    api = createServer((request, answer) => {
      const open = request.url === "/health" || show("prod").includes(`ref: v${careless} `);
      answer.statusCode = open || request.headers["x-api-key"] === "k3y" ? 200 : 401;
      answer.end();
    });
    await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
    const apiUrl = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
    desk = await openServedDesk({
      repositoriesDir: source.folder,
      pushTo: [`${server.url}/`],
      commandsDir: commands,
      secrets: (name) => ({ FORGE_TOKEN: "s3cret", API_KEY: "k3y" })[name],
    });
    for (const [name, role] of [
      ["ci", "publisher"],
      ["team-lead", "approver"],
      ["on-call", "approver"],
      ["ada", "publisher"],
    ] as const)
      tokens[name] = (await desk.sluice(["token", "create", "--name", name, "--role", role])).out.trim();
    const target = (stage: string) => `
      - git:
          repository: ${server.url}/envs.git
          files: [{ yaml: { path: ${stage}/values.yaml, set: { modules.ref: "v{version}" } } }]
          author: { name: Release Robot, email: robot@acme.example }
          credentials: { password: { user: robot, secret: FORGE_TOKEN } }`;
    await desk.file(
      "sluice.yaml",
      `apiVersion: sluice/v1
app: shop
stages:
  - name: dev
    gates:
      - git: { repository: envs.git, branch: main }
    targets:${target("dev")}
  - name: prod
    gates:
      - approval: { from: [team-lead, on-call] }
    analysis:
      - command: { name: infrastructure, run: [verify-infrastructure.sh], interval: 1s }
      - http: { name: api, url: "${apiUrl}/health", max-latency: 5s, interval: 1s }
      - http: { name: with-key, url: "${apiUrl}/prices", headers: { x-api-key: "\${secret:API_KEY}" }, interval: 1s }
      - http: { name: without-key, url: "${apiUrl}/prices", expect: 401, interval: 1s }
    verify: [1s, 3s]
    targets:${target("prod")}
`,
    );
    expect(await desk.sluice(["apply", "-f", "sluice.yaml"])).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    await desk?.clear();
    await server?.close();
    api?.closeAllConnections();
    api?.close();
    if (commands !== undefined) await rm(commands, { recursive: true });
    source?.remove();
    environments?.remove();
  });

  const as = (name: string, ...argv: string[]) => desk.sluice(argv, { env: { SLUICE_TOKEN: tokens[name] ?? "" } });
  const status = async () => (await desk.sluice(["status", "--json"])).json() as Status;
  const live = (name: string, version: string) =>
    until(status, ({ stages }) =>
      stages.some(
        (stage) =>
          stage.name === name &&
          stage.live?.version === version &&
          stage.targets.every((one) => one.state === "applied"),
      ),
    );
  const show = (stage: string) => environments.read(`${stage}/values.yaml`);
  const git = (...args: string[]) => source.run(...args);

  /** A feature is merged into main, the version is tagged, and the build publishes it with the commit. */
  async function release(version: string, change: string): Promise<void> {
    git("branch", "--force", `feature/${version}`, "main");
    source.change({ "main.tf": change }, `feat: ${change.trim()}`, `feature/${version}`);
    source.merge(`feature/${version}`);
    execFileSync("git", [
      "-C",
      source.repository,
      "-c",
      "user.name=Ada",
      "-c",
      "user.email=ada@acme.example",
      "tag",
      "-a",
      `v${version}`,
      "-m",
      `Release v${version}: ${change.trim()}`,
      "main",
    ]);
    await desk.file("modules.tf", change);
    const published = await as(
      "ci",
      "publish",
      version,
      "--component",
      "modules=modules.tf",
      "--commit",
      git("rev-parse", "main"),
    );
    expect(published).toMatchObject({ code: 0 });
  }

  test("is in dev by itself once it is merged and tagged, and in prod after its plan was seen and approved", async () => {
    await release("1.0.0", "bucket policy\n");
    await live("dev", "1.0.0");
    expect(show("dev")).toBe(values("v1.0.0").trim());
    const why = async () => (await desk.sluice(["why", "1.0.0", "prod", "--json"])).json() as Why;
    const { plans } = await until(why, ({ plans: known }) => (known ?? []).length > 0);
    expect(plans?.[0]?.text).toContain("-  ref: v0.0.0 # set by Sluice\n+  ref: v1.0.0 # set by Sluice\n");
    expect(show("prod")).toBe(values("v0.0.0").trim());
    expect(await as("ada", "approve", "1.0.0", "prod")).toMatchObject({ code: 3 });
    const by = (plan = "") => as("team-lead", "approve", "1.0.0", "prod", "--plan", plan);
    const saw = plans?.[0]?.sha256.slice(0, 12);
    expect(await by("the first")).toMatchObject({ code: 2 });
    expect(await by("0".repeat(12))).toMatchObject({
      code: 5,
      err: expect.stringContaining(`The plan of git is ${saw}`),
    });
    expect(await by(saw)).toMatchObject({ code: 0, out: expect.stringContaining(`by the plan of git (${saw})`) });
    await live("prod", "1.0.0");
    expect(show("prod")).toBe(values("v1.0.0").trim());
    expect(environments.run("log", "-1", "--format=%an%n%B", "main")).toMatch(
      /^Release Robot\nDeploy shop 1\.0\.0 to prod\n\nThe first release of shop in prod\.\n\nSluice-Release: shop 1\.0\.0\nSluice-Stage: prod\nSluice-Promotion: shop\/prod-1\nApproved-by: team-lead\nSluice-Effect: shop\/prod\/git@\d+$/,
    );
  });

  test("is approved by the plan that was seen, which the log keeps, and is verified when it is out", async () => {
    await until(status, ({ stages }) => stages.every(({ live: now }) => now?.verification === undefined));
    const { plans } = (await desk.sluice(["why", "1.0.0", "prod", "--json"])).json() as Why;
    expect(plans?.[0]?.text).toContain("+  ref: v1.0.0 # set by Sluice\n");
    const { out: measured } = await desk.sluice(["analysis", "1.0.0", "prod"]);
    for (const name of ["infrastructure", "api", "with-key", "without-key"])
      expect(measured, name).toMatch(new RegExp(`prod +${name} +pass`));
    const { out: audit } = await desk.sluice(["audit"]);
    const [, digest] = /team-lead +1\.0\.0 approved for prod, by the plan of git \((\w{12})\)/.exec(audit) ?? [];
    expect(audit).toContain(`git of prod was planned for 1.0.0: it would change something (${digest})`);
    expect(audit).toMatch(/1\.0\.0 .*verified/);
  });

  test("is not in dev without its tag", async () => {
    await desk.file("modules.tf", "untagged\n");
    await as("ci", "publish", "1.0.1", "--component", "modules=modules.tf", "--commit", git("rev-parse", "main"));
    const why = async () => (await desk.sluice(["why", "1.0.1", "dev"])).out;
    await until(why, (text) => text.includes("tag v1.0.1 does not exist"));
    expect(show("dev")).toBe(values("v1.0.0").trim());
  });

  test("goes back when one asks for it and another approves, by a revert that names both", async () => {
    await release("1.1.0", "file versioning\n");
    await live("dev", "1.1.0");
    await until(
      () => as("team-lead", "approve", "1.1.0", "prod"),
      ({ code }) => code === 0,
    );
    await live("prod", "1.1.0");
    const deployed = environments.run("log", "-1", "--format=%H", "main");
    const asked = await as("ada", "rollback", "prod", "--request", "--reason", "API error rate above 5 %", "--json");
    expect(asked.code).toBe(0);
    const { id } = asked.json() as { id: string };
    expect((await as("ada", "rollback", "prod", "--approve", id)).code).not.toBe(0);
    expect(show("prod")).toBe(values("v1.1.0").trim());
    expect(await as("on-call", "rollback", "prod", "--approve", id)).toMatchObject({ code: 0 });
    await live("prod", "1.0.0");
    expect(show("prod")).toBe(values("v1.0.0").trim());
    expect(show("dev")).toBe(values("v1.1.0").trim());
    const message = environments.run("log", "-1", "--format=%B", "main");
    expect(message).toContain(`Revert "Deploy shop 1.1.0 to prod"\n\nThis reverts commit ${deployed}.\n`);
    expect(message).toContain("prod goes back from 1.1.0 to 1.0.0: API error rate above 5 % (ada)");
    expect(message).toContain("\nApproved-by: on-call\n");
    expect(environments.run("diff", `${deployed}^`, "main", "--", "prod")).toBe("");
    expect((await desk.sluice(["history", "prod"])).out).toMatch(/1\.1\.0 +rolled-back/);
  });

  test("goes back by itself when what is verified after a deployment is not so", async () => {
    careless = "1.2.0";
    await release("1.2.0", "no authorizer\n");
    await live("dev", "1.2.0");
    await until(
      () => as("team-lead", "approve", "1.2.0", "prod"),
      ({ code }) => code === 0,
    );
    await until(status, ({ stages }) => stages.some(({ rolledBack }) => rolledBack.includes("1.2.0")));
    await live("prod", "1.0.0");
    expect(show("prod")).toBe(values("v1.0.0").trim());
    const message = environments.run("log", "-1", "--format=%B", "main");
    expect(message).toContain('Revert "Deploy shop 1.2.0 to prod"');
    expect(message).toContain("prod goes back from 1.2.0 to 1.0.0: without-key: answered 200, not 401 (sluice)");
    expect(message, "nobody has approved that it goes").not.toContain("Approved-by");
    expect((await desk.sluice(["incidents"])).out).toMatch(/1\.2\.0/);
  });
});
