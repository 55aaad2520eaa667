import type { Workload } from "./cluster.ts";

/** How far a rollout came: what it waits for, or why it cannot go on. Undefined: it is done, and everything is ready. */
export type Progress = { readonly waitsFor: string } | { readonly failed: string } | undefined;

/**
 * How a Deployment's rollout stands, as `kubectl rollout status` judges it.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status
 */
export function deploymentProgress({ metadata, spec, status }: Workload): Progress {
  if (Number(status?.observedGeneration ?? 0) < (metadata?.generation ?? 0))
    return { waitsFor: "the cluster has not looked at it yet" };
  const progressing = status?.conditions?.find(({ type }) => type === "Progressing");
  if (progressing?.reason === "ProgressDeadlineExceeded")
    return { failed: `it made no progress in time (${progressing.message ?? "ProgressDeadlineExceeded"})` };
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status ?? {};
  const wanted = spec?.replicas ?? 1;
  if (updatedReplicas < wanted) return { waitsFor: `${updatedReplicas} of ${wanted} pods are new` };
  if (replicas > updatedReplicas) return { waitsFor: `${replicas - updatedReplicas} old pods are left` };
  if (availableReplicas < wanted) return { waitsFor: `${availableReplicas} of ${wanted} pods are ready` };
  return undefined;
}

/**
 * How a Rollout of Argo Rollouts stands.
 * @param percent the weight that was asked for; undefined: everybody is to have it
 * @see https://argo-rollouts.readthedocs.io/en/stable/features/specification/
 */
export function rolloutProgress({ metadata, status }: Workload, percent: number | undefined): Progress {
  if (Number(status?.observedGeneration ?? 0) < (metadata?.generation ?? 0))
    return { waitsFor: "the cluster has not looked at it yet" };
  const phase = status?.phase ?? "unknown";
  if (phase === "Degraded") return { failed: `it is degraded (${status?.message ?? "no reason is given"})` };
  if (percent === undefined) return phase === "Healthy" ? undefined : { waitsFor: `its phase is ${phase}` };
  if (phase !== "Paused") return { waitsFor: `its phase is ${phase}` };
  const weight = weightOf(status);
  return weight === percent ? undefined : { waitsFor: `it reports the weight ${weight ?? "of nothing"}` };
}

/** The share that a Rollout reports, in percent; undefined where nothing shares its traffic. */
export function weightOf(status: Workload["status"]): number | undefined {
  return status?.canary?.weights?.canary?.weight;
}
