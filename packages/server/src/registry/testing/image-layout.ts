import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** What an image is made of: layers as they are, for each platform on top of those that all share. */
export interface ImageContent {
  readonly shared: readonly Buffer[];
  readonly platforms: readonly { readonly architecture: string; readonly layers: readonly Buffer[] }[];
}

/**
 * Writes a multi-platform image as an OCI layout, which `skopeo copy --all oci:FOLDER:it` reads. Layers are taken for
 * compressed ones as they are: nobody unpacks them.
 * @see OCI image specification 1.1, "Image layout"
 * @returns the digest of the image's index
 */
export async function writeImage(folder: string, { shared, platforms }: ImageContent): Promise<string> {
  const blobs = join(folder, "blobs", "sha256");
  await mkdir(blobs, { recursive: true });
  const write = async (bytes: Buffer, mediaType: string): Promise<Blob> => {
    const hex = createHash("sha256").update(bytes).digest("hex");
    await writeFile(join(blobs, hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const json = (value: object) => Buffer.from(JSON.stringify(value));
  const manifests = await Promise.all(
    platforms.map(async ({ architecture, layers }) => {
      const content = [...shared, ...layers];
      const written = await Promise.all(
        content.map((layer) => write(layer, "application/vnd.oci.image.layer.v1.tar+gzip")),
      );
      const rootfs = { type: "layers", diff_ids: written.map(({ digest }) => digest) };
      const config = await write(
        json({ architecture, os: "linux", rootfs, config: {} }),
        "application/vnd.oci.image.config.v1+json",
      );
      const mediaType = "application/vnd.oci.image.manifest.v1+json";
      const manifest = await write(json({ schemaVersion: 2, mediaType, config, layers: written }), mediaType);
      return { ...manifest, platform: { architecture, os: "linux" } };
    }),
  );
  const mediaType = "application/vnd.oci.image.index.v1+json";
  const index = await write(json({ schemaVersion: 2, mediaType, manifests }), mediaType);
  const named = { ...index, annotations: { "org.opencontainers.image.ref.name": "it" } };
  await writeFile(join(folder, "index.json"), json({ schemaVersion: 2, manifests: [named] }));
  await writeFile(join(folder, "oci-layout"), json({ imageLayoutVersion: "1.0.0" }));
  return index.digest;
}
