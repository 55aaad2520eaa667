import type { Descriptor } from "./manifest.ts";
import type { Place } from "./place.ts";

/** The tag under which a registry that keeps no lists itself has the index of what refers to a manifest. OCI distribution specification 1.1, "Referrers tag schema" */
export function fallbackTag(digest: string): string {
  return digest.replace(":", "-");
}

/** The tags under which cosign keeps signatures, attestations and SBOMs of a manifest. */
export function cosignTags(digest: string): string[] {
  return ["sig", "att", "sbom"].map((suffix) => `${fallbackTag(digest)}.${suffix}`);
}

/** What refers to a manifest: as the registry lists it, or as its index under the fallback tag does. */
export async function referrersOf(
  { registry, repository }: Place,
  digest: string,
  signal: AbortSignal,
): Promise<readonly Descriptor[]> {
  const listed = await registry.referrers(repository, digest, signal);
  return listed ?? (await registry.manifest(repository, fallbackTag(digest), signal))?.manifests ?? [];
}
