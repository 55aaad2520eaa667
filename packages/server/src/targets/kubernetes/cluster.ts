import type { KubernetesObject, KubernetesObjectApi } from "@kubernetes/client-node";
import { TargetFailure } from "../failure.ts";

export interface ClusterOptions {
  /** A kubeconfig file; undefined: the cluster that the server runs in. */
  readonly kubeconfig: string | undefined;
}

/** What a workload says of itself, as far as it matters here. */
export interface Workload extends KubernetesObject {
  spec?: {
    replicas?: number;
    template?: { spec?: { containers?: Container[] } };
    strategy?: Record<string, unknown>;
  };
  status?: {
    observedGeneration?: number | string;
    replicas?: number;
    updatedReplicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
    conditions?: readonly { type: string; status: string; reason?: string; message?: string }[];
    phase?: string;
    message?: string;
    canary?: { weights?: { canary?: { weight?: number } } };
  };
}

export interface Container {
  name: string;
  image?: string;
  [other: string]: unknown;
}

/** How a change is made: `apply` owns what it names, `merge` replaces it if the workload still is as it was read. */
type Manner = "apply" | "merge";

/** How long one request may take, in ms. */
const answerMs = 30_000;
/** Under which the cluster notes who manages what. */
const manager = "sluice";

/** A cluster's API. Every call rejects with a TargetFailure. */
export class Cluster {
  readonly #api: KubernetesObjectApi;
  readonly #strategies: Record<Manner, "application/apply-patch+yaml" | "application/merge-patch+json">;
  readonly #signal: AbortSignal;

  private constructor(sdk: typeof import("@kubernetes/client-node"), api: KubernetesObjectApi, signal: AbortSignal) {
    this.#api = api;
    this.#strategies = { apply: sdk.PatchStrategy.ServerSideApply, merge: sdk.PatchStrategy.MergePatch };
    this.#signal = signal;
  }

  /** @param signal ends every call that is under way */
  static async open(
    context: string | undefined,
    { kubeconfig }: ClusterOptions,
    signal: AbortSignal,
  ): Promise<Cluster> {
    const sdk = await import("@kubernetes/client-node");
    const config = new sdk.KubeConfig();
    try {
      if (kubeconfig !== undefined) config.loadFromFile(kubeconfig);
      else config.loadFromCluster();
      if (context !== undefined) config.setCurrentContext(context);
      if (config.getCurrentCluster() === null)
        throw new Error(`it has no cluster for the context ${context ?? "that is current"}`);
      return new Cluster(sdk, sdk.KubernetesObjectApi.makeApiClient(config), signal);
    } catch (error) {
      const from = kubeconfig ?? "the cluster that this server runs in (start it with --kubeconfig FILE for another)";
      throw new TargetFailure(`${from} cannot be used: ${(error as Error).message}`, { retryable: false });
    }
  }

  async read(kind: Pick<Workload, "apiVersion" | "kind">, namespace: string, name: string): Promise<Workload> {
    return this.#ask(`${kind.kind} ${namespace}/${name}`, () =>
      this.#api.read<Workload>({ ...kind, metadata: { name, namespace } }),
    );
  }

  /** @param options.dryRun everything is checked, admission webhooks included, and nothing changed */
  async change(
    workload: Workload,
    manner: Manner,
    { dryRun = false, force = false }: { readonly dryRun?: boolean; readonly force?: boolean } = {},
  ): Promise<Workload> {
    const { kind, metadata } = workload;
    const applied = manner === "apply" ? force : undefined;
    return this.#ask(`${kind} ${metadata?.namespace}/${metadata?.name}`, () =>
      this.#api.patch(workload, undefined, dryRun ? "All" : undefined, manager, applied, this.#strategies[manner]),
    );
  }

  async #ask<T>(what: string, work: () => Promise<T>): Promise<T> {
    const within = AbortSignal.any([this.#signal, AbortSignal.timeout(answerMs)]);
    let stop: () => void = () => undefined;
    const ended = new Promise<never>((_, reject) => {
      stop = () => reject(new Error(this.#signal.aborted ? "was stopped" : `no answer within ${answerMs / 1_000} s`));
      within.addEventListener("abort", stop, { once: true });
      if (within.aborted) stop();
    });
    try {
      if (within.aborted) return await ended;
      return await Promise.race([work(), ended]);
    } catch (error) {
      throw refusal(what, error);
    } finally {
      within.removeEventListener("abort", stop);
      ended.catch(() => undefined);
    }
  }
}

/** What the API server said, as a target's failure. */
function refusal(what: string, error: unknown): TargetFailure {
  const { code, body, message } = error as { code?: unknown; body?: unknown; message: string };
  if (typeof code !== "number") return new TargetFailure(`${what}: ${message}`, { retryable: true, cause: error });
  const said =
    (typeof body === "string" ? textIn(body) : (body as { message?: string } | undefined)?.message) ?? message;
  const text = said.slice(0, 500);
  if (code === 404) return new TargetFailure(`${what} is not there: ${text}`, { retryable: false });
  if (code === 409 && /conflict(s)? with/.test(text))
    return new TargetFailure(
      `${what} is managed by somebody else: ${text}. Let them leave its images alone, or say force: true`,
      { retryable: false },
    );
  const mayPass = code === 409 || code === 408 || code === 429 || code >= 500;
  return new TargetFailure(`${what}: the cluster answered ${code}: ${text}`, { retryable: mayPass });
}

function textIn(body: string): string {
  try {
    return String((JSON.parse(body) as { message?: unknown }).message ?? body);
  } catch {
    return body;
  }
}
