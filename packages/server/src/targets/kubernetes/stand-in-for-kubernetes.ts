import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Container, Workload } from "./cluster.ts";

type Refusal = { readonly code: number; readonly message: string };

/**
 * A server of the tests' own that speaks the documented API of Kubernetes and Argo Rollouts, as far as the target uses it: discovery,
 * reading, server-side apply with conflicts, merge patches with resource versions, dry runs. It is not a cluster, and proves nothing
 * about one: only that the official client sends and reads what the documents say.
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export class StandInForKubernetes {
  workload: Workload;
  /** Who manages the images, but for `sluice`. */
  owner: string | undefined;
  /** What becomes of a change: pods get ready, never do, or are not even begun. */
  outcome: "ready" | "stuck" | "unready" = "ready";
  refuse: (Refusal & { readonly to?: "PATCH" }) | undefined;
  changes = 0;
  dryRuns = 0;
  left: number | undefined;
  url = "";
  #looks = 0;
  #settled: unknown;
  readonly #server = createServer(async (incoming, answer) => {
    let body = "";
    for await (const chunk of incoming) body += String(chunk);
    const url = new URL(incoming.url ?? "/", "http://it");
    const said = this.#answer(incoming.method ?? "GET", url, incoming.headers["content-type"] ?? "", body);
    if (said === undefined) {
      incoming.socket.destroy();
      return;
    }
    answer.writeHead(said.code, { "content-type": "application/json" }).end(JSON.stringify(said.body));
  });

  constructor(kind: "Deployment" | "Rollout", image: string) {
    const containers: Container[] = [
      { name: "web", image, env: [{ name: "PORT", value: "80" }] },
      { name: "sidecar", image: "registry.example/sidecar:1" },
    ];
    this.workload = {
      apiVersion: kind === "Rollout" ? "argoproj.io/v1alpha1" : "apps/v1",
      kind,
      metadata: { name: "shop", namespace: "production", generation: 1, resourceVersion: "1" },
      spec: { replicas: 3, template: { spec: { containers } }, strategy: { canary: { steps: [] } } },
    };
    this.#settle();
  }

  async start(kubeconfig: string): Promise<this> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    const config = {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "it", cluster: { server: this.url, "insecure-skip-tls-verify": true } }],
      users: [{ name: "sluice", user: { token: "a-token" } }],
      contexts: [{ name: "it", context: { cluster: "it", user: "sluice" } }],
      "current-context": "it",
    };
    await writeFile(kubeconfig, JSON.stringify(config));
    return this;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  image(): string | undefined {
    return this.#containers()[0]?.image;
  }

  /** As if the router behind it had another weight. */
  reports(weight: number): void {
    const canary = { weights: { canary: { weight } } };
    this.workload = { ...this.workload, status: { ...this.workload.status, canary } };
    this.#settled = this.workload;
  }

  #containers(): Container[] {
    return this.workload.spec?.template?.spec?.containers ?? [];
  }

  #answer(method: string, url: URL, type: string, body: string): { code: number; body: unknown } | undefined {
    const plural = this.workload.kind === "Rollout" ? "rollouts" : "deployments";
    if (url.pathname === `/apis/${this.workload.apiVersion}`) {
      const resource = { name: plural, kind: this.workload.kind, namespaced: true, singularName: "", verbs: [] };
      return { code: 200, body: { kind: "APIResourceList", resources: [resource] } };
    }
    if (this.refuse !== undefined && (this.refuse.to ?? method) === method) return status(this.refuse);
    if (url.pathname !== `/apis/${this.workload.apiVersion}/namespaces/production/${plural}/shop`)
      return status({ code: 404, message: `${plural} "${url.pathname.split("/").at(-1)}" not found` });
    if (method === "PATCH") return this.#patch(url, type, JSON.parse(body) as Workload);
    this.#look();
    return { code: 200, body: this.workload };
  }

  #patch(url: URL, type: string, change: Workload): { code: number; body: unknown } | undefined {
    const { searchParams } = url;
    const applies = type.startsWith("application/apply-patch+yaml");
    if (applies && searchParams.get("fieldManager") !== "sluice")
      return status({ code: 400, message: "PatchOptions.meta.k8s.io is invalid: fieldManager: Required value" });
    if (applies && this.owner !== undefined && searchParams.get("force") !== "true")
      return status({
        code: 409,
        message: `Apply failed with 1 conflict: conflict with "${this.owner}" using apps/v1: .spec.template.spec.containers[name="web"].image`,
      });
    const seen = change.metadata?.resourceVersion;
    if (!applies && seen !== undefined && seen !== this.workload.metadata?.resourceVersion)
      return status({
        code: 409,
        message: "the object has been modified; please apply your changes to the latest version",
      });
    const given = change.spec?.template?.spec?.containers ?? [];
    // Applied containers are merged by their names; a merge patch exchanges the list.
    const containers = applies
      ? this.#containers().map((each) => ({ ...each, ...given.find(({ name }) => name === each.name) }))
      : given;
    const strategy = { ...this.workload.spec?.strategy, ...change.spec?.strategy };
    const next = { ...this.workload, spec: { ...this.workload.spec, strategy, template: { spec: { containers } } } };
    if (searchParams.get("dryRun") === "All") {
      this.dryRuns++;
      return { code: 200, body: next };
    }
    if (this.left === 0) return undefined;
    if (this.left !== undefined) this.left--;
    this.changes++;
    const generation = (this.workload.metadata?.generation ?? 0) + 1;
    this.workload = { ...next, metadata: { ...next.metadata, generation, resourceVersion: String(generation) } };
    this.#looks = 0;
    return { code: 200, body: this.workload };
  }

  /** What the cluster's own controllers do between two looks. */
  #look(): void {
    this.#looks++;
    if (this.#looks < 2 || this.#settled === this.workload) return;
    if (this.outcome === "ready" && this.#looks > 2) this.#settle();
    else this.#begin();
  }

  #begin(): void {
    const observedGeneration = this.workload.metadata?.generation ?? 0;
    const reason = this.outcome === "stuck" ? "ProgressDeadlineExceeded" : "ReplicaSetUpdated";
    const message = this.outcome === "stuck" ? 'ReplicaSet "shop-2" has timed out progressing.' : "";
    const conditions = [{ type: "Progressing", status: "True", reason, message }];
    const phase = this.outcome === "stuck" ? "Degraded" : "Progressing";
    const status = {
      observedGeneration,
      replicas: 4,
      updatedReplicas: 3,
      availableReplicas: 2,
      conditions,
      phase,
      message,
    };
    this.workload = { ...this.workload, status };
  }

  #settle(): void {
    const observedGeneration = this.workload.metadata?.generation ?? 0;
    const steps =
      (this.workload.spec?.strategy?.canary as { steps?: { setWeight?: number }[] } | undefined)?.steps ?? [];
    const weight = steps[0]?.setWeight;
    const canary = weight === undefined ? {} : { canary: { weights: { canary: { weight } } } };
    const phase = weight === undefined ? "Healthy" : "Paused";
    const status = { observedGeneration, replicas: 3, updatedReplicas: 3, availableReplicas: 3, phase, ...canary };
    this.workload = { ...this.workload, status };
    this.#settled = this.workload;
  }
}

function status({ code, message }: Refusal): { code: number; body: unknown } {
  return { code, body: { kind: "Status", apiVersion: "v1", status: "Failure", message, code } };
}
