import type { Release } from "@sluice/core/application/state.ts";
import type { KubernetesTarget } from "@sluice/core/targets/kubernetes.ts";
import { TargetFailure } from "../failure.ts";
import type { Workload } from "./cluster.ts";

/** The image that each container of a workload is to run: `registry.example/shop/web@sha256:…`. Throws a TargetFailure. */
export function wantedImages(release: Release, spec: KubernetesTarget, workload: Workload): Map<string, string> {
  const images = new Map(
    release.manifest.components.flatMap(({ name, repository, sha256 }) =>
      repository === undefined ? [] : [[name, `${placed(repository, spec)}@sha256:${sha256}`] as const],
    ),
  );
  const containers = (workload.spec?.template?.spec?.containers ?? []).map(({ name }) => name);
  const wanted = new Map<string, string>();
  for (const container of containers) {
    const component = spec.containers === undefined ? container : spec.containers[container];
    const image = component === undefined ? undefined : images.get(component);
    if (image !== undefined) wanted.set(container, image);
  }
  const missing = Object.entries(spec.containers ?? {}).find(([container]) => !wanted.has(container));
  if (wanted.size > 0 && missing === undefined) return wanted;
  const what =
    missing === undefined ? "no container has the name of an image" : `${missing[0]} has no image ${missing[1]}`;
  throw new TargetFailure(
    `${what} of ${release.version}: containers are ${containers.join(", ") || "none"}, images ${[...images.keys()].join(", ") || "none"}`,
    { retryable: false },
  );
}

/** The images that a workload has now, by container. */
export function imagesOf(workload: Workload): Map<string, string> {
  const containers = workload.spec?.template?.spec?.containers ?? [];
  return new Map(containers.map(({ name, image = "" }) => [name, image]));
}

function placed(repository: string, { registry }: KubernetesTarget): string {
  if (registry === undefined) return repository;
  const { from, to } = registry;
  if (repository === from) return to;
  if (repository.startsWith(`${from}/`)) return `${to}${repository.slice(from.length)}`;
  throw new TargetFailure(`the image ${repository} is not under ${from}`, { retryable: false });
}
