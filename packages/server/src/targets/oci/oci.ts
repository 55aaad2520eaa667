import type { Release } from "@sluice/core/application/state.ts";
import type { OciTarget } from "@sluice/core/targets/oci.ts";
import type { Clock } from "../../clock/clock.ts";
import { ImageCopies } from "../../registry/copy-images.ts";
import { RegistryFailure } from "../../registry/failure.ts";
import type { Place } from "../../registry/place.ts";
import { Registry } from "../../registry/registry.ts";
import { TargetFailure } from "../failure.ts";
import { type Done, type Found, newestOf, type Order, type Plan, type Target, type Tell } from "../target.ts";
import { type CredentialSources, credentialsFrom } from "./credentials.ts";
import { imagesOf, type PromotedImage } from "./images.ts";

export interface OciOptions extends CredentialSources {
  readonly clock: Clock;
}

/** Where an image comes from and goes to, and a registry at each end to ask. */
interface Way extends PromotedImage {
  readonly source: Place;
  readonly destination: Place;
}

/**
 * Promotes a release's images between registries by their digests, all together: content first, then what refers to it, then
 * the tags of all of them. Nothing is built or tagged anew; a tag that stands on another digest stops it before anything is copied.
 */
export function ociTarget(config: OciTarget, options: OciOptions): Target {
  const registries = new Map<string, Registry>();
  const registryOf = (host: string, end: "from" | "to") => {
    const key = `${end} ${host}`;
    const known = registries.get(key);
    if (known !== undefined) return known;
    const findCredentials = credentialsFrom(config.credentials[end], options);
    const registry = new Registry({ host, findCredentials, clock: options.clock });
    registries.set(key, registry);
    return registry;
  };
  const waysOf = (release: Release): Way[] =>
    imagesOf(release, config).map((image) => ({
      ...image,
      source: { registry: registryOf(image.from.host, "from"), repository: image.from.name },
      destination: { registry: registryOf(image.to.host, "to"), repository: image.to.name },
    }));

  const deploy = async (order: Order, signal: AbortSignal, tell?: Tell): Promise<Done> => {
    const release = newestOf(order);
    // Images do nothing by being there: what there is no release to go back from stays.
    if (release === null) return { kept: "there is no release to go back to, so nothing was changed" };
    return explained(async () => {
      const ways = waysOf(release);
      await Promise.all(ways.map((way) => standing(way, signal)));
      const account = await copied(ways, signal, tell);
      for (const way of ways) await tagged(way, way.tag, "fixed", signal);
      for (const tag of config["moving-tags"]) for (const way of ways) await tagged(way, tag, "moving", signal);
      return { images: ways.map(described), ...account };
    });
  };

  return {
    can: new Set(["plan", "deploy", "verify", "rollback"]),
    deploy,
    rollback: deploy,
    plan: (order, signal) => explained(() => planned(newestOf(order), signal)),
    verify: (order, signal) => explained(() => found(newestOf(order), signal)),
  };

  async function planned(release: Release | null, signal: AbortSignal): Promise<Plan> {
    if (release === null) return { changes: false, text: "nothing: there is no release to put there" };
    const lines: string[] = [];
    for (const way of waysOf(release)) {
      for (const tag of [way.tag, ...config["moving-tags"]]) {
        const before = await digestAt(way, tag, signal);
        if (before === way.digest) continue;
        const name = `${way.to.host}/${way.to.name}:${tag}`;
        lines.push(before === undefined ? `+ ${name} ${way.digest}` : `~ ${name} ${before} → ${way.digest}`);
      }
    }
    return { changes: lines.length > 0, text: lines.join("\n") || "nothing: every image and tag is there" };
  }

  /** Reads back what is there: every tag by its bytes, and everything below it by its digest. */
  async function found(release: Release | null, signal: AbortSignal): Promise<Found> {
    if (release === null) return { agrees: true, text: "there is no release to look for", evidence: {} };
    const ways = waysOf(release);
    for (const way of ways) {
      for (const tag of [way.tag, ...config["moving-tags"]]) {
        const is = await digestAt(way, tag, signal);
        if (is === way.digest) continue;
        const text = `${way.to.host}/${way.to.name}:${tag} is ${is ?? "not there"}, not ${way.digest}`;
        return { agrees: false, text, evidence: { image: way.name, tag, found: is ?? null, wanted: way.digest } };
      }
      const [gone] = await missing(way.destination, way.digest, signal);
      if (gone === undefined) continue;
      const text = `${way.to.host}/${way.to.name}:${way.tag} is not whole: ${gone} is not there`;
      return { agrees: false, text, evidence: { image: way.name, missing: gone } };
    }
    return { agrees: true, text: `${release.version} by digest`, evidence: { digests: ways.map(described) } };
  }
}

function described({ name, digest, to, tag }: Way) {
  return { name, digest, at: `${to.host}/${to.name}:${tag}` };
}

async function digestAt({ destination }: Way, tag: string, signal: AbortSignal): Promise<string | undefined> {
  return (await destination.registry.manifest(destination.repository, tag, signal))?.digest;
}

/** Refuses to go on where the tag of a version stands on something else. */
async function standing(way: Way, signal: AbortSignal): Promise<void> {
  const is = await digestAt(way, way.tag, signal);
  if (is !== undefined && is !== way.digest) throw taken(way, is);
}

function taken(way: Way, is: string): TargetFailure {
  return new TargetFailure(
    `${way.to.host}/${way.to.name}:${way.tag} exists and is ${is}, not ${way.digest}. A version's tag is never moved: find out who put it there, and remove it or publish under a new version`,
    { retryable: false, evidence: { tag: way.tag, found: is, wanted: way.digest } },
  );
}

/** Copies all images; when one fails, the others are stopped. */
async function copied(ways: readonly Way[], signal: AbortSignal, tell?: Tell) {
  const stop = new AbortController();
  const copies = new ImageCopies(AbortSignal.any([signal, stop.signal]), tell);
  const all = ways.map(({ source, destination, digest }) => copies.copy(source, destination, digest));
  try {
    await Promise.all(all);
  } catch (error) {
    stop.abort();
    await Promise.allSettled(all);
    throw error;
  }
  return { ...copies.account };
}

async function tagged(way: Way, tag: string, kind: "fixed" | "moving", signal: AbortSignal): Promise<void> {
  const { registry, repository } = way.destination;
  const is = await digestAt(way, tag, signal);
  if (is === way.digest) return;
  // Somebody may have put it while the images were copied.
  if (is !== undefined && kind === "fixed") throw taken(way, is);
  const manifest = await registry.manifest(repository, way.digest, signal);
  if (manifest === undefined)
    throw new RegistryFailure(`${registry.host} took the image ${way.digest} and does not have it`, {
      retryable: true,
    });
  await registry.putManifest(repository, tag, manifest, signal);
}

/** Asks for everything below a digest anew: manifests by their bytes, content by its name. @returns what is not there */
async function missing({ registry, repository }: Place, digest: string, signal: AbortSignal): Promise<string[]> {
  const manifest = await registry.manifest(repository, digest, signal);
  if (manifest === undefined) return [digest];
  const below = await Promise.all([
    ...manifest.manifests.map((child) => missing({ registry, repository }, child.digest, signal)),
    ...manifest.blobs.map(async (blob) =>
      (await registry.hasBlob(repository, blob.digest, signal)) ? [] : [blob.digest],
    ),
  ]);
  return below.flat();
}

/** What a registry did not do, as a failure of the target. */
async function explained<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RegistryFailure)) throw error;
    const { message, retryable, status, pauseMs, cause } = error;
    const evidence = status === undefined ? {} : { status };
    throw new TargetFailure(message, { retryable, evidence, pauseMs, cause });
  }
}
