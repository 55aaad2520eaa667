import type { Release } from "@sluice/core/application/state.ts";
import { imageUnder } from "@sluice/core/targets/image-under.ts";
import type { OciTarget } from "@sluice/core/targets/oci.ts";
import { parseRepository, type Repository } from "../../registry/reference.ts";
import { TargetFailure } from "../failure.ts";

/** One image of a release: where it is, and where it goes. */
export interface PromotedImage {
  /** The component's name. */
  readonly name: string;
  /** `sha256:…` */
  readonly digest: string;
  readonly from: Repository;
  readonly to: Repository;
  /** The tag that it gets for good. */
  readonly tag: string;
}

/** The images of a release with their places. Throws a TargetFailure when there are none, or one is not where the pipeline says. */
export function imagesOf(release: Release, config: OciTarget): PromotedImage[] {
  const refuse = (why: string) => new TargetFailure(why, { retryable: false });
  const images = release.manifest.components.flatMap((component): PromotedImage[] => {
    if (component.kind !== "image" || component.repository === undefined) return [];
    const { name, repository, sha256 } = component;
    const rest = imageUnder(repository, config.from);
    if (rest === undefined)
      throw refuse(`the image ${name} of ${release.version} is at ${repository}, which is not under ${config.from}`);
    const from = parseRepository(repository);
    const to = parseRepository(`${config.to}${rest}`);
    if (from === undefined) throw refuse(`${repository} is no repository of a registry`);
    if (to === undefined) throw refuse(`${config.to}${rest} is no repository of a registry`);
    // SemVer's build metadata begins with a character that no tag may have.
    const tag = config.tag.replace("{version}", release.version.replaceAll("+", "_"));
    return [{ name, digest: `sha256:${sha256}`, from, to, tag }];
  });
  if (images.length === 0)
    throw refuse(
      `${release.version} has no images. Publish them with it: sluice publish ${release.version} --component NAME=oci://${config.from}/NAME:TAG`,
    );
  return images;
}
