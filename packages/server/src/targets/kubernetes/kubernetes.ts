import type { Release } from "@sluice/core/application/state.ts";
import { fullExposure } from "@sluice/core/rollout/bucket.ts";
import type { KubernetesTarget } from "@sluice/core/targets/kubernetes.ts";
import { formatDuration } from "@sluice/core/time/duration.ts";
import type { Clock } from "../../clock/clock.ts";
import { TargetFailure } from "../failure.ts";
import { nothingBefore } from "../nothing-before.ts";
import { type Capability, type Done, type Found, newestOf, type Order, type Plan, type Target } from "../target.ts";
import { Cluster, type ClusterOptions, type Workload } from "./cluster.ts";
import { imagesOf, wantedImages } from "./images.ts";
import { deploymentProgress, type Progress, rolloutProgress, weightOf } from "./progress.ts";

export interface KubernetesOptions extends ClusterOptions {
  readonly clock: Clock;
}

/** How often a rollout is looked at, in ms. */
const lookEveryMs = 1_000;

/** The images of a Deployment, or of a Rollout of Argo Rollouts, by their digests. */
export function kubernetesTarget(spec: KubernetesTarget, options: KubernetesOptions): Target {
  const { namespace } = spec;
  const name = spec.deployment ?? spec.rollout ?? "";
  const shares = spec.rollout !== undefined;
  const kind = shares
    ? { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout" }
    : { apiVersion: "apps/v1", kind: "Deployment" };
  const what = `${kind.kind} ${namespace}/${name}`;

  /** What an order makes of the workload as it is; undefined: it is so already. */
  function changed(order: Order, release: Release, is: Workload): Workload | undefined {
    const wanted = wantedImages(release, spec, is);
    const same = runs(release, is);
    if (shares) return canary(is, wanted, percentOf(order), same);
    const strategy = strategyOf(spec);
    const rolling = is.spec?.strategy?.rollingUpdate as Record<string, unknown> | undefined;
    if (same && Object.entries(strategy).every(([key, value]) => rolling?.[key] === value)) return undefined;
    const containers = [...wanted].map(([container, image]) => ({ name: container, image }));
    const rollingUpdate = Object.keys(strategy).length === 0 ? {} : { strategy: { rollingUpdate: strategy } };
    return { ...kind, metadata: { name, namespace }, spec: { ...rollingUpdate, template: { spec: { containers } } } };
  }

  /** The lists of a Rollout have no owners, so they are exchanged as a whole, if nobody else did in between. */
  function canary(is: Workload, wanted: ReadonlyMap<string, string>, percent: number | undefined, same: boolean) {
    const steps = percent === undefined ? [] : [{ setWeight: percent }, { pause: {} }];
    const before = (is.spec?.strategy?.canary as { steps?: unknown } | undefined)?.steps ?? [];
    if (same && JSON.stringify(before) === JSON.stringify(steps)) return undefined;
    const containers = (is.spec?.template?.spec?.containers ?? []).map((container) => {
      const image = wanted.get(container.name);
      return image === undefined ? container : { ...container, image };
    });
    const resourceVersion = is.metadata?.resourceVersion;
    return {
      ...kind,
      metadata: { name, namespace, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
      spec: { template: { spec: { containers } }, strategy: { canary: { steps } } },
    };
  }

  /** Whether a release's images are what it has, ready or not. */
  function runs(release: Release | undefined, is: Workload): boolean {
    if (release === undefined) return false;
    const images = imagesOf(is);
    return [...wantedImages(release, spec, is)].every(([container, image]) => images.get(container) === image);
  }

  const progressOf = (workload: Workload, order: Order): Progress =>
    shares ? rolloutProgress(workload, percentOf(order)) : deploymentProgress(workload);

  async function bring(order: Order, signal: AbortSignal): Promise<Done> {
    const release = newestOf(order);
    const cluster = await Cluster.open(spec.context, options, signal);
    if (release === null) {
      if (runs(order.leaving, await cluster.read(kind, namespace, name)))
        throw nothingBefore(order, `in ${what}: put the images there that it had, or publish a release that mends it`);
      return {};
    }
    const change = changed(order, release, await cluster.read(kind, namespace, name));
    if (change !== undefined) await cluster.change(change, shares ? "merge" : "apply", { force: spec.force });
    const deadline = options.clock.now() + spec.timeout;
    for (;;) {
      const workload = await cluster.read(kind, namespace, name);
      const progress = progressOf(workload, order);
      const evidence = { images: Object.fromEntries(imagesOf(workload)), changed: change !== undefined };
      if (progress === undefined) return evidence;
      if ("failed" in progress) throw new TargetFailure(`${what}: ${progress.failed}`, { retryable: false, evidence });
      if (options.clock.now() >= deadline)
        throw new TargetFailure(`${what} was not ready within ${formatDuration(spec.timeout)}: ${progress.waitsFor}`, {
          retryable: false,
          evidence,
        });
      await pause(options.clock, signal);
    }
  }

  const can = new Set<Capability>(["plan", "deploy", "verify", "rollback"]);
  if (shares) can.add("expose");
  return {
    can,
    async plan(order, signal): Promise<Plan> {
      const cluster = await Cluster.open(spec.context, options, signal);
      const is = await cluster.read(kind, namespace, name);
      const change = order.main === null ? undefined : changed(order, order.main, is);
      if (change === undefined) return { changes: false, text: `${what} has it already` };
      // The cluster says now what it would say then: rights, quotas, admission webhooks.
      const would = imagesOf(
        await cluster.change(change, shares ? "merge" : "apply", { dryRun: true, force: spec.force }),
      );
      const lines = [...imagesOf(is)].flatMap(([container, image]) => {
        const after = would.get(container);
        return after === image ? [] : [`${what}: ${container} would run ${after} instead of ${image}`];
      });
      return { changes: true, text: lines.join("\n") || `${what}: the way in which it rolls out would change` };
    },
    // A Rollout gets image and weight at once, so that nobody else's steps run in between.
    deploy: shares ? async () => ({}) : bring,
    ...(shares ? { expose: bring } : {}),
    rollback: bring,
    async verify(order, signal): Promise<Found> {
      const cluster = await Cluster.open(spec.context, options, signal);
      const is = await cluster.read(kind, namespace, name);
      const release = newestOf(order);
      const images = Object.fromEntries(imagesOf(is));
      const progress = progressOf(is, order);
      const same = release === null || changed(order, release, is) === undefined;
      const state = progress === undefined ? "ready" : "failed" in progress ? progress.failed : progress.waitsFor;
      const weights = shares
        ? { askedPercent: percentOf(order) ?? 100, reportedPercent: weightOf(is.status) ?? null }
        : {};
      const runs = Object.entries(images).map(([container, image]) => `${container} ${image}`);
      return {
        agrees: same && progress === undefined,
        text: `${what} has ${runs.join(", ")}; ${state}`,
        evidence: { images, state, ...weights },
      };
    },
  };
}

/** The weight that a Rollout is to have, in percent; undefined: everybody gets what it has. Throws a TargetFailure. */
function percentOf({ main, trial }: Order): number | undefined {
  if (trial === undefined || main === null) return undefined;
  const percent = (trial.basisPoints / fullExposure) * 100;
  if (Number.isInteger(percent)) return percent;
  throw new TargetFailure(`a Rollout has whole percents, and cannot give ${percent}%`, { retryable: false });
}

function strategyOf({ "max-surge": maxSurge, "max-unavailable": maxUnavailable }: KubernetesTarget) {
  return {
    ...(maxSurge === undefined ? {} : { maxSurge }),
    ...(maxUnavailable === undefined ? {} : { maxUnavailable }),
  };
}

async function pause(clock: Clock, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const cancel = clock.wakeAt(clock.now() + lookEveryMs, resolve);
    signal.addEventListener("abort", () => [cancel(), resolve()], { once: true });
  });
}
