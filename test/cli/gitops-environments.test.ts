import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
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

interface Status {
  readonly stages: readonly {
    readonly name: string;
    readonly live: { readonly version: string } | null;
    readonly waiting: readonly { readonly version: string }[];
    readonly targets: readonly { readonly state: string; readonly has: string | null }[];
  }[];
}

interface Why {
  readonly plans?: readonly { readonly text: string }[];
}

/** Infrastructure by git, from a feature to production and back: the source and the environments are repositories of a real git server. */
describe.skipIf(!hasGit)("a release by git", () => {
  let source: TestEnvironment;
  let environments: TestEnvironment;
  let server: GitHttpServer;
  let desk: ServedDesk;
  const tokens: Record<string, string> = {};

  beforeAll(async () => {
    environments = new TestEnvironment({ "dev/values.yaml": values("v0.0.0"), "prod/values.yaml": values("v0.0.0") });
    source = new TestEnvironment({ "main.tf": "# nothing yet\n" });
    server = await serveGit(environments.folder, { password: "robot:s3cret" });
    desk = await openServedDesk({
      repositoriesDir: source.folder,
      pushTo: [`${server.url}/`],
      secrets: (name) => (name === "FORGE_TOKEN" ? "s3cret" : undefined),
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
    targets:${target("prod")}
`,
    );
    expect(await desk.sluice(["apply", "-f", "sluice.yaml"])).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    await desk?.clear();
    await server?.close();
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
    expect(await as("team-lead", "approve", "1.0.0", "prod")).toMatchObject({ code: 0 });
    await live("prod", "1.0.0");
    expect(show("prod")).toBe(values("v1.0.0").trim());
    expect(environments.run("log", "-1", "--format=%an%n%B", "main")).toMatch(
      /^Release Robot\nDeploy shop 1\.0\.0 to prod\n\nThe first release of shop in prod\.\n\nSluice-Release: shop 1\.0\.0\nSluice-Stage: prod\nSluice-Promotion: shop\/prod-1\nApproved-by: team-lead\nSluice-Effect: shop\/prod\/git@\d+$/,
    );
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
});
