import type { ImageSubscription } from "@sluice/core/discovery/schema.ts";
import type { Component } from "@sluice/core/release/manifest.ts";
import type { Clock } from "../clock/clock.ts";
import { parseRepository } from "../registry/reference.ts";
import { Registry } from "../registry/registry.ts";
import { type CredentialSources, credentialsFrom } from "../targets/oci/credentials.ts";

export interface ImageLook extends CredentialSources {
  readonly clock: Clock;
}

function placeOf({ repository, credentials }: ImageSubscription, look: ImageLook) {
  const place = parseRepository(repository);
  if (place === undefined) throw new Error(`${repository} is no repository of a registry`);
  const registry = new Registry({
    host: place.host,
    findCredentials: credentialsFrom(credentials, look),
    clock: look.clock,
  });
  return { registry, name: place.name };
}

/** The tags of an image. */
export function imageTags(image: ImageSubscription, look: ImageLook, signal: AbortSignal): Promise<string[]> {
  const { registry, name } = placeOf(image, look);
  return registry.tags(name, signal);
}

/** What a tag of an image stands on now, by its digest. */
export async function imageAt(
  image: ImageSubscription,
  tag: string,
  look: ImageLook,
  signal: AbortSignal,
): Promise<Component> {
  const { registry, name } = placeOf(image, look);
  const manifest = await registry.manifest(name, tag, signal);
  if (manifest === undefined) throw new Error(`${image.repository}:${tag} is gone`);
  const sha256 = manifest.digest.slice("sha256:".length);
  return { name: image.name, kind: "image", sha256, size: manifest.bytes.length, repository: image.repository };
}
