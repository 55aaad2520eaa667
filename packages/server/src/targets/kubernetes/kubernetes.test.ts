import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256Hex } from "@sluice/core/log/digest.ts";
import type { Content } from "@sluice/core/targets/demand.ts";
import { kubernetesTargetSchema } from "@sluice/core/targets/kubernetes.ts";
import { manifestOf } from "@sluice/core/testing/manifests.ts";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Clock } from "../../clock/clock.ts";
import { carryOut } from "../carry-out.ts";
import { orderFor, targetContract } from "../contract.ts";
import { kubernetesTarget } from "./kubernetes.ts";
import { StandInForKubernetes } from "./stand-in-for-kubernetes.ts";

const registry = "registry.production.example/shop";
const release = (version: string) => {
  const repository = "registry.staging.example/shop/web";
  const components = [{ name: "web", kind: "image" as const, sha256: sha256Hex(version), size: 1, repository }];
  const manifest = manifestOf(version, { components });
  return { version, manifest, digest: version, publishedAt: 0, publishedBy: "ci" };
};
const imageOf = (version: string) => `${registry}/web@sha256:${sha256Hex(version)}`;
const [older, newer] = [release("1.0.0"), release("1.1.0")];
const patient = () => new AbortController().signal;

/** A clock whose time passes only by waiting. */
function patientClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    wakeAt(at, wake) {
      const timer = setImmediate(() => {
        now = Math.max(now, at);
        wake();
      });
      return () => clearImmediate(timer);
    },
  };
}

async function cluster(kind: "Deployment" | "Rollout") {
  const folder = await mkdtemp(join(tmpdir(), "sluice-kubernetes-"));
  const kubeconfig = join(folder, "config");
  const server = await new StandInForKubernetes(kind, `${registry}/web@sha256:${sha256Hex("before")}`).start(
    kubeconfig,
  );
  const named = kind === "Rollout" ? { rollout: "shop" } : { deployment: "shop" };
  const given = {
    namespace: "production",
    registry: { from: "registry.staging.example/shop", to: registry },
    timeout: "1m",
  };
  const open = (more: object = {}) =>
    kubernetesTarget(kubernetesTargetSchema.parse({ ...named, ...given, ...more }), {
      clock: patientClock(),
      kubeconfig,
    });
  const versionOf = (image: string | undefined) =>
    [older, newer].find(({ version }) => imageOf(version) === image)?.version;
  return {
    server,
    open,
    older,
    newer,
    async live(): Promise<Content> {
      const version = versionOf(server.image()) ?? null;
      const weight = server.workload.status?.canary?.weights?.canary?.weight;
      if (weight === undefined || version === null) return { main: version };
      return { main: older.version, trial: { version, basisPoints: weight * 100 } };
    },
    changes: () => server.changes,
    cutAfter(count: number | undefined) {
      server.left = count;
    },
    async remove() {
      server.stop();
      await rm(folder, { recursive: true });
    },
  };
}

async function opened(kind: "Deployment" | "Rollout" = "Deployment") {
  const world = await cluster(kind);
  onTestFinished(world.remove);
  const carry = (order = orderFor({ main: newer }), more: object = {}) => carryOut(world.open(more), order, patient());
  return { ...world, carry };
}

describe("a Deployment, at a stand-in for Kubernetes", () => {
  targetContract("kubernetes.deployment", () => cluster("Deployment"));

  test("gets the image by its digest, and nothing else of it is touched", async () => {
    const { carry, server } = await opened();
    const done = await carry(undefined, { "max-surge": 1, "max-unavailable": "25%" });
    expect(done).toMatchObject({ verify: { images: { web: imageOf("1.1.0") }, state: "ready" } });
    const { spec } = server.workload;
    expect(spec?.template?.spec?.containers).toEqual([
      { name: "web", image: imageOf("1.1.0"), env: [{ name: "PORT", value: "80" }] },
      { name: "sidecar", image: "registry.example/sidecar:1" },
    ]);
    expect(spec?.strategy?.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: "25%" });
  });

  test("whose images somebody else manages is left alone, unless the pipeline says force", async () => {
    const { carry, server } = await opened();
    server.owner = "argocd-controller";
    await expect(carry()).rejects.toMatchObject({
      retryable: false,
      message: expect.stringMatching(/managed by somebody else: .*argocd-controller.*force: true/),
    });
    expect(server.changes).toBe(0);
    await carry(undefined, { force: true });
    expect(server.image()).toBe(imageOf("1.1.0"));
  });

  test("that makes no progress in time fails, and so does one whose pods are never ready", async () => {
    const { carry, server } = await opened();
    server.outcome = "stuck";
    await expect(carry()).rejects.toMatchObject({
      retryable: false,
      message: expect.stringMatching(/timed out progressing/),
    });
    server.outcome = "unready";
    await expect(carry(orderFor({ main: older }))).rejects.toMatchObject({
      retryable: false,
      message: "Deployment production/shop was not ready within 1m: 1 old pods are left",
    });
    server.outcome = "ready";
    await carry(orderFor({ main: older, leaving: newer }));
    expect(server.image()).toBe(imageOf("1.0.0"));
  });

  test("says in its plan what would run instead of what, by a dry run that admission webhooks see", async () => {
    const { open, server } = await opened();
    const plan = () => open().plan?.(orderFor({ main: newer }), patient());
    expect((await plan())?.text).toBe(
      `Deployment production/shop: web would run ${imageOf("1.1.0")} instead of ${imageOf("before")}`,
    );
    expect([server.changes, server.dryRuns]).toEqual([0, 1]);
    const message = 'admission webhook "images.example" denied the request: not signed';
    server.refuse = { code: 403, message, to: "PATCH" };
    await expect(plan()).rejects.toMatchObject({ retryable: false, message: expect.stringMatching(/not signed/) });
  });

  test.each([
    [401, "Unauthorized", false],
    [404, "not found", false],
    [409, "the object has been modified; please apply your changes to the latest version", true],
    [422, "is invalid", false],
    [429, "too many requests", true],
    [503, "etcd is not there", true],
  ])("answered %i is tried again: %s (%s)", async (code, message, retryable) => {
    const { carry, server } = await opened();
    server.refuse = { code, message };
    await expect(carry()).rejects.toMatchObject({ retryable, message: expect.stringContaining(message) });
  });

  test("without a container of an image's name is refused, and so is an image that was not promoted there", async () => {
    const { carry, open } = await opened();
    await expect(carry(undefined, { containers: { api: "web" } })).rejects.toThrow(
      /api has no image web .*containers are web, sidecar/,
    );
    await expect(carry(undefined, { containers: { web: "api" } })).rejects.toThrow(/images web/);
    const elsewhere = { registry: { from: "registry.other.example", to: registry } };
    await expect(carry(undefined, elsewhere)).rejects.toThrow(/not under registry\.other\.example/);
    await expect(open({ context: "other" }).rollback(orderFor({ main: older }), patient())).rejects.toThrow(
      /context other/,
    );
  });

  test("keeps a release that has nothing before it, and says so", async () => {
    const { carry } = await opened();
    const back = orderFor({ main: null, leaving: older });
    await carry(back);
    await carry(orderFor({ main: older }));
    await expect(carry(back)).rejects.toMatchObject({
      retryable: false,
      message: expect.stringMatching(/^there is no release to go back to, so 1\.0\.0 stays in Deployment /),
    });
  });

  test("that somebody changed by hand is found when it is verified", async () => {
    const { carry, open, server } = await opened();
    const order = orderFor({ main: newer });
    await carry(order);
    const [web] = server.workload.spec?.template?.spec?.containers ?? [];
    if (web !== undefined) web.image = `${registry}/web:latest`;
    expect(await open().verify?.(order, patient())).toMatchObject({
      agrees: false,
      text: expect.stringMatching(/has web .*:latest/),
    });
  });
});

describe("a Rollout of Argo Rollouts, at a stand-in for Kubernetes", () => {
  targetContract("kubernetes.rollout", () => cluster("Rollout"));

  test("gets the weight that was asked for, and what it reports is compared", async () => {
    const { carry, open, server } = await opened("Rollout");
    await carry(orderFor({ main: older }));
    const order = orderFor({ main: older, trial: { release: newer, basisPoints: 2_500 } });
    expect(await carry(order)).toMatchObject({ verify: { askedPercent: 25, reportedPercent: 25 } });
    server.reports(60);
    expect(await open().verify?.(order, patient())).toMatchObject({
      agrees: false,
      text: expect.stringMatching(/it reports the weight 60/),
      evidence: { askedPercent: 25, reportedPercent: 60 },
    });
    await expect(carry(orderFor({ main: older, trial: { release: newer, basisPoints: 150 } }))).rejects.toThrow(
      /whole percents/,
    );
  });

  test("keeps containers and their settings that the release says nothing of", async () => {
    const { carry, server } = await opened("Rollout");
    await carry();
    expect(server.workload.spec?.template?.spec?.containers).toMatchObject([
      { env: [{ name: "PORT" }] },
      { name: "sidecar" },
    ]);
  });
});
