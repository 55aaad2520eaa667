import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gitTargetSchema } from "@sluice/core/targets/git/schema.ts";
import { manifestOf } from "@sluice/core/testing/manifests.ts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../clock/clock.ts";
import { orderFor } from "../contract.ts";
import { TargetDeferral } from "../deferral.ts";
import { gitTarget } from "./git.ts";
import { TestEnvironment } from "./test-environment.ts";

const hasGit = (process.env.PATH ?? "").split(":").some((folder) => existsSync(join(folder, "git")));

interface Application {
  readonly revision?: string;
  readonly sync?: string;
  readonly health?: string;
  readonly message?: string;
  readonly operation?: object;
}

// Skipped where git is missing. Argo CD is a fake: a server that answers in the form of its OpenAPI document; none was asked.
describe.skipIf(!hasGit)("what the branch says counts once Argo CD", () => {
  let environment: TestEnvironment;
  let server: Server;
  let application: Application | number;
  const asked: string[] = [];
  let now: () => number;

  beforeEach(async () => {
    environment = new TestEnvironment({ version: "1.0.0\n" });
    now = systemClock.now;
    asked.length = 0;
    server = createServer((request, response) => {
      asked.push(`${request.headers.authorization} ${request.url}`);
      if (typeof application === "number") {
        response.writeHead(application).end('{"error":"permission denied"}');
        return;
      }
      const { revision, sync = "Synced", health = "Healthy", message, operation } = application;
      const status = {
        sync: { status: sync, revision },
        health: { status: health, message },
        operationState: operation,
      };
      response.end(JSON.stringify({ metadata: { name: "shop-prod" }, status }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(async () => {
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
    environment.remove();
  });

  const release = {
    version: "1.1.0",
    manifest: manifestOf("1.1.0"),
    digest: "d".repeat(64),
    publishedAt: 0,
    publishedBy: "ci",
  };
  const order = orderFor({ main: release });
  const deploy = () => {
    const health = {
      argocd: {
        server: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
        application: "shop-prod",
        token: "ARGOCD",
        timeout: "10m",
      },
    };
    const files = [{ text: { path: "version", set: "{version}" } }];
    const options = {
      clock: { ...systemClock, now: () => now() },
      secrets: () => "s3cret",
      repositoriesDir: environment.folder,
      pushTo: ["."],
    };
    return gitTarget(gitTargetSchema.parse({ repository: "envs.git", files, health }), options)
      .deploy(order, new AbortController().signal)
      .catch((error: unknown) => error);
  };
  const head = () => environment.run("rev-parse", "main");
  const waits = (reason: string) => ({
    name: "TargetDeferral",
    againMs: 10_000,
    message: `Argo CD application shop-prod: ${reason}`,
  });
  const fails = (reason: RegExp) => ({
    name: "TargetFailure",
    retryable: false,
    message: expect.stringMatching(reason),
  });

  test("has taken over the commit and is healthy", async () => {
    const before = head();
    application = { revision: before };
    expect(await deploy()).toMatchObject(waits(`it is at ${before.slice(0, 12)} and does not have the commit yet`));
    application = { revision: head(), sync: "OutOfSync" };
    expect(await deploy()).toMatchObject(waits("it is OutOfSync"));
    application = { revision: head(), health: "Progressing", message: "1 of 3 pods" };
    expect(await deploy()).toMatchObject(waits("it is Progressing: 1 of 3 pods"));
    // A commit of others on top has ours too.
    application = { revision: environment.change({ other: "x\n" }, "Others go on") };
    expect(await deploy()).toMatchObject({ argocd: { application: "shop-prod", health: "Healthy", sync: "Synced" } });
    expect(asked.at(-1)).toBe("Bearer s3cret /api/v1/applications/shop-prod?refresh=normal");
    expect(environment.run("rev-list", "--count", "main")).toBe("3");
  });

  test("and not when it is degraded, but for the minute in which it may show what was before", async () => {
    application = {};
    await deploy();
    const finished = (msAgo: number) => ({
      phase: "Succeeded",
      finishedAt: new Date(Date.now() - msAgo).toISOString(),
    });
    application = { revision: head(), health: "Degraded", message: "crash loop", operation: finished(1_000) };
    expect(await deploy()).toMatchObject(waits("it is Degraded: crash loop"));
    application = { ...application, operation: finished(61_000) };
    expect(await deploy()).toMatchObject(fails(/it is Degraded: crash loop$/));
  });

  test("and not when its sync of the commit has failed", async () => {
    application = {};
    await deploy();
    const operation = { phase: "Failed", message: "no such namespace", syncResult: { revision: head() } };
    application = { revision: head(), sync: "OutOfSync", operation };
    expect(await deploy()).toMatchObject(fails(/its sync has failed: no such namespace/));
  });

  test("within its time", async () => {
    application = { revision: head() };
    expect(await deploy()).toBeInstanceOf(TargetDeferral);
    now = () => systemClock.now() + 600_001;
    expect(await deploy()).toMatchObject(fails(/does not have the commit yet, 10m after the commit$/));
  });

  test("and answers: one that does not have the application, or refuses, is asked again", async () => {
    for (const status of [404, 403, 503]) {
      application = status;
      const failed = await deploy();
      expect(failed).toMatchObject({ name: "TargetFailure", retryable: true });
      expect(JSON.stringify(failed)).not.toContain("s3cret");
    }
  });
});
