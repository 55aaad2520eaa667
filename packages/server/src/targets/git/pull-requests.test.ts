import { existsSync } from "node:fs";
import { join } from "node:path";
import { gitTargetSchema } from "@sluice/core/targets/git/schema.ts";
import { manifestOf } from "@sluice/core/testing/manifests.ts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../clock/clock.ts";
import { carryOut } from "../carry-out.ts";
import { orderFor, targetContract } from "../contract.ts";
import { TargetDeferral } from "../deferral.ts";
import { TargetFailure } from "../failure.ts";
import type { Order } from "../target.ts";
import { Cut } from "./cut.ts";
import { FakeForge, type ForgeKind } from "./forge/fake-forge.ts";
import { gitTarget } from "./git.ts";
import { serveGit } from "./git-http-server.ts";
import { TestEnvironment } from "./test-environment.ts";

const hasGit = (process.env.PATH ?? "").split(":").some((folder) => existsSync(join(folder, "git")));

const release = (version: string) => ({
  version,
  manifest: manifestOf(version),
  digest: "d".repeat(64),
  publishedAt: 0,
  publishedBy: "ci",
});

const order = (version: string): Order => ({
  ...orderFor({ main: release(version) }),
  account: { promotion: "production-3", approvedBy: ["team-lead"], before: "1.0.0" },
});

const back = (from: string, to: string): Order => ({
  ...orderFor({ main: release(to), leaving: release(from) }),
  account: {
    promotion: "production-3",
    approvedBy: [],
    ended: { reason: "latency doubled", by: "bob" },
    issues: [{ id: "issue-1", title: "Checkout takes 9 s", severity: "critical" }],
  },
});

const outcome = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);
const files = [{ text: { path: "production/version", set: "{version}" } }];

/** A target, a repository and a forge that is a fake. */
async function begin(kind: ForgeKind, more: object = {}, cut = new Cut()) {
  const environment = new TestEnvironment({ "production/version": "1.0.0\n" });
  const forge = new FakeForge(kind, cut);
  const api = await forge.listen();
  const open = (repository = "envs.git", pushTo = ["."]) =>
    gitTarget(
      gitTargetSchema.parse({
        repository,
        files,
        "pull-request": { on: { [kind]: { repository: "acme/envs", token: "TOKEN", api } }, ...more },
      }),
      { clock: systemClock, secrets: () => FakeForge.token, repositoriesDir: environment.folder, pushTo },
    );
  const carry = (asked: Order) => outcome(carryOut(open(), asked, new AbortController().signal));
  const merge = (by: string, pull = forge.pulls.at(-1)) => {
    if (pull === undefined) throw new Error("there is no pull request");
    environment.merge(pull.branch);
    Object.assign(pull, { state: "merged", by });
  };
  const remove = async () => {
    await forge.close();
    environment.remove();
  };
  return { environment, forge, open, carry, merge, remove };
}

// Skipped where git is missing: what it does is the whole matter.
describe.skipIf(!hasGit)("a target that asks by pull requests", () => {
  // Its git and its forge break off together, between every two pushes and requests.
  targetContract("git.pull-request", async () => {
    const cut = new Cut();
    const own = await begin("github", {}, cut);
    const server = await serveGit(own.environment.folder, { cut });
    const url = `${server.url}/envs.git`;
    return {
      open: () => own.open(url, [url]),
      older: release("1.1.0"),
      newer: release("1.2.0"),
      live: async () => ({ main: own.environment.read("production/version") }),
      changes: () => cut.changes,
      grant: async () => own.merge("ada"),
      cutAfter(changes) {
        cut.left = changes;
      },
      async remove() {
        await server.close();
        await own.remove();
      },
    };
  });
});

describe.skipIf(!hasGit)("a release comes in by a pull request", () => {
  let world: Awaited<ReturnType<typeof begin>>;
  afterEach(() => world.remove());

  describe.each(["github", "gitlab", "gitea"] as const)("of %s", (kind) => {
    beforeEach(async () => {
      world = await begin(kind);
    });

    test("which is opened once, waited for, and whose merge lets it in", async () => {
      const asked = order("1.1.0");
      const reason = "pull request https://forge.example/acme/envs/pull/1 is to be merged";
      for (let i = 0; i < 2; i++) {
        const waiting = await world.carry(asked);
        expect(waiting).toBeInstanceOf(TargetDeferral);
        expect(waiting).toMatchObject({ message: reason, againMs: 20_000 });
      }
      expect(world.forge.pulls).toMatchObject([
        { branch: "sluice/myapp/production/1.1.0", base: "main", title: "Deploy myapp 1.1.0 to production" },
      ]);
      expect(world.forge.pulls[0]?.text).toBe(
        `production had 1.0.0 before.\n\nSluice-Release: myapp 1.1.0\nSluice-Stage: production\nSluice-Promotion: myapp/production-3\nApproved-by: team-lead\nSluice-Effect: ${asked.id}`,
      );
      expect(world.environment.read("production/version")).toBe("1.0.0");
      world.merge("ada");
      expect(await world.carry(asked)).toMatchObject({
        deploy: { pullRequest: "https://forge.example/acme/envs/pull/1", mergedBy: "ada" },
        verify: { branch: "main" },
      });
      expect(world.environment.read("production/version")).toBe("1.1.0");
      expect(world.forge.pulls).toHaveLength(1);
    });

    test("which somebody closes: that is a no", async () => {
      const asked = order("1.1.0");
      await world.carry(asked);
      Object.assign(world.forge.pulls[0] ?? {}, { state: "closed", by: "ada" });
      const by = kind === "gitea" ? "" : " by ada";
      const refused = await world.carry(asked);
      expect(refused).toBeInstanceOf(TargetFailure);
      expect(refused).toMatchObject({
        retryable: false,
        message: `pull request https://forge.example/acme/envs/pull/1 was closed unmerged${by}`,
      });
      // Asked for again, it is another question.
      expect(await world.carry(order("1.1.0"))).toBeInstanceOf(TargetDeferral);
      expect(world.forge.pulls).toHaveLength(2);
    });
  });

  test("and leaves by one, with the title and the sections that a formal rollback has", async () => {
    world = await begin("github");
    await world.carry(order("1.1.0"));
    world.merge("ada");
    const asked = back("1.1.0", "1.0.0");
    expect(await world.carry(asked)).toBeInstanceOf(TargetDeferral);
    const [, pull] = world.forge.pulls;
    expect(pull).toMatchObject({
      branch: "rollback/v1.1.0-to-v1.0.0",
      title: "Rollback: Revert to v1.0.0 due to latency doubled",
    });
    expect(pull?.text).toMatch(
      /^## Reason for rollback\n\nlatency doubled \(bob\)\n\n## Issues encountered\n\n- issue-1 \(critical\): Checkout takes 9 s\n\n## Expected behavior after rollback\n\nproduction runs myapp 1\.0\.0 again, in place of 1\.1\.0\.\n\n## Post-rollback verification steps\n\n- \[ \] /,
    );
    world.merge("ada");
    expect(await world.carry(asked)).toMatchObject({ rollback: { mergedBy: "ada" } });
    expect(world.environment.read("production/version")).toBe("1.0.0");
  });

  test("or leaves at once, where the pipeline says so", async () => {
    world = await begin("github", { rollback: "direct" });
    await world.carry(order("1.1.0"));
    world.merge("ada");
    await world.carry(back("1.1.0", "1.0.0"));
    expect(world.forge.pulls).toHaveLength(1);
    expect(world.environment.run("log", "-1", "--format=%s", "main")).toBe('Revert "Deploy myapp 1.1.0 to production"');
  });

  test("and one that is not wanted any more is closed, and its branch removed", async () => {
    world = await begin("github");
    await world.carry(order("1.1.0"));
    expect(await world.carry(back("1.1.0", "1.0.0"))).not.toBeInstanceOf(Error);
    expect(world.forge.pulls).toMatchObject([{ state: "closed" }]);
    expect(world.environment.run("branch", "--list", "sluice/*")).toBe("");
    await world.carry(order("1.2.0"));
    await world.carry(order("1.3.0"));
    expect(world.forge.pulls.map(({ state }) => state)).toEqual(["closed", "closed", "open"]);
  });

  test("never over a branch of somebody else's", async () => {
    world = await begin("github");
    world.environment.run("branch", "sluice/myapp/production/1.1.0", "main");
    expect(await world.carry(order("1.1.0"))).toMatchObject({
      retryable: false,
      message: expect.stringMatching(/branch sluice\/myapp\/production\/1.1.0 exists and is not of Sluice/),
    });
  });

  test("not with what somebody put in its place before the merge", async () => {
    world = await begin("github");
    await world.carry(order("1.1.0"));
    world.merge("ada");
    world.environment.change({ "production/version": "1.0.5\n" }, "Something else");
    expect(
      await world.carry({ ...order("1.1.0"), id: world.forge.pulls[0]?.text.match(/Effect: (.*)/)?.[1] ?? "" }),
    ).toMatchObject({
      retryable: false,
      message: expect.stringMatching(/was merged by ada, but main of envs.git does not say 1.1.0/),
    });
  });

  test("and a forge that refuses, lies or is gone is a failure that says so without the token", async () => {
    world = await begin("github");
    const { open, forge } = world;
    forge.pulls.push({ number: "x", state: "open", base: "main", branch: "x", text: "" } as never);
    const signal = new AbortController().signal;
    expect(await outcome(open().deploy(order("1.1.0"), signal))).toMatchObject({ retryable: true });
    await forge.close();
    const gone = await outcome(open().deploy(order("1.1.0"), signal));
    expect(gone).toMatchObject({ retryable: true, message: expect.stringMatching(/could not be reached/) });
    expect(JSON.stringify(gone)).not.toContain(FakeForge.token);
  });

  test("once, wherever a try was killed: between push and pull request, or before its answer", async () => {
    for (let kill = 0; kill <= 2; kill++) {
      const cut = new Cut();
      world = await begin("github", {}, cut);
      const server = await serveGit(world.environment.folder, { cut });
      try {
        const url = `${server.url}/envs.git`;
        const asked = order("1.1.0");
        const carry = () => outcome(carryOut(world.open(url, [url]), asked, new AbortController().signal));
        cut.left = kill;
        expect(await carry(), `killed after ${kill}`).toBeInstanceOf(TargetFailure);
        cut.left = undefined;
        expect(await carry()).toBeInstanceOf(TargetDeferral);
        expect(world.forge.pulls).toHaveLength(1);
        world.merge("ada");
        expect(await carry()).not.toBeInstanceOf(Error);
        expect(world.environment.read("production/version")).toBe("1.1.0");
      } finally {
        await server.close();
        if (kill < 2) await world.remove();
      }
    }
  });
});
