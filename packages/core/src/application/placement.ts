import { type Rejection, reject } from "../errors/rejection.ts";
import type { Manifest } from "../release/manifest.ts";
import { imageUnder } from "../targets/image-under.ts";
import { stagesOf } from "./context.ts";
import type { AppState } from "./state.ts";

/** Why a release can never be put where the pipeline says: a stage promotes images, and it has none there. */
export function refuseUnplaceable(state: AppState, { version, components }: Manifest): Rejection | undefined {
  const images = components.flatMap(({ name, repository }) => (repository === undefined ? [] : [{ name, repository }]));
  for (const { name: stage, targets } of stagesOf(state)) {
    for (const { oci } of targets) {
      if (oci === undefined) continue;
      if (images.length === 0)
        return reject(
          "IMAGES_MISSING",
          `${version} has no images, and ${stage} promotes images from ${oci.from} (its target oci). Name them: sluice publish ${version} --component NAME=oci://${oci.from}/NAME:TAG`,
        );
      const elsewhere = images.find(({ repository }) => imageUnder(repository, oci.from) === undefined);
      if (elsewhere !== undefined)
        return reject(
          "IMAGES_MISSING",
          `The image ${elsewhere.name} of ${version} is at ${elsewhere.repository}, and ${stage} promotes images from ${oci.from} (its target oci). Push it there and publish that, or mend the pipeline.`,
        );
    }
  }
  return undefined;
}
