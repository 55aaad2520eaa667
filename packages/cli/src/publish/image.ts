import { homedir } from "node:os";
import { join } from "node:path";
import type { Component } from "@sluice/core/release/manifest.ts";
import { systemClock } from "@sluice/server/clock/clock.ts";
import { dockerCredentials } from "@sluice/server/registry/docker-config.ts";
import { RegistryFailure } from "@sluice/server/registry/failure.ts";
import { parseRepository } from "@sluice/server/registry/reference.ts";
import { Registry } from "@sluice/server/registry/registry.ts";
import { exitCodes, Failure, usage } from "../failure.ts";
import type { Io } from "../io.ts";

/** How `--component` says that an image is meant. */
export const imageScheme = "oci://";

/** Finds an image by its tag or digest, `registry.example/shop/frontend:1.2.0`. Rejects with a Failure. */
export type LookUpImage = (reference: string) => Promise<Pick<Component, "repository" | "sha256" | "size">>;

/** Asks a registry for an image's digest; a tag is resolved to it once and for all. Shows who asks as `docker login` left it. */
export async function lookUpImage(
  reference: string,
  { env, signal }: Pick<Io, "env" | "signal">,
): ReturnType<LookUpImage> {
  const parts = /^(.+?)(?:@(sha256:[0-9a-f]{64})|:([A-Za-z0-9_][A-Za-z0-9._-]{0,127}))$/.exec(reference);
  const [, text = "", digest, tag] = parts ?? [];
  const repository = parseRepository(text);
  const wanted = digest ?? tag;
  if (repository === undefined || wanted === undefined)
    throw usage(
      `"${imageScheme}${reference}" is no image: write oci://HOST/REPOSITORY:TAG or oci://HOST/REPOSITORY@sha256:DIGEST.`,
    );
  const file = join(env.DOCKER_CONFIG ?? join(homedir(), ".docker"), "config.json");
  const registry = new Registry({
    host: repository.host,
    clock: systemClock,
    findCredentials: (host, ended) => dockerCredentials(file, host, ended),
  });
  const manifest = await registry.manifest(repository.name, wanted, signal).catch((error: unknown) => {
    if (!(error instanceof RegistryFailure)) throw error;
    const code = error.status === 401 || error.status === 403 ? exitCodes.notAllowed : exitCodes.failed;
    throw new Failure(code, "REGISTRY_FAILED", `${imageScheme}${reference}: ${error.message}.`, { cause: error });
  });
  if (manifest === undefined)
    throw new Failure(exitCodes.notFound, "IMAGE_NOT_FOUND", `There is no image ${imageScheme}${reference}.`, {
      hint: `Push it first, or check the name with: skopeo inspect docker://${reference}`,
    });
  return {
    repository: `${repository.host}/${repository.name}`,
    sha256: manifest.digest.slice("sha256:".length),
    size: manifest.bytes.length,
  };
}
