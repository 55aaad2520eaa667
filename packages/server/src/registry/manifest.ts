import { createHash } from "node:crypto";
import { z } from "zod";
import { RegistryFailure } from "./failure.ts";

const digestSchema = z.string().regex(/^sha256:[0-9a-f]{64}$/, "must be a sha256 digest");

const descriptorSchema = z.looseObject({
  mediaType: z.string().max(255),
  digest: digestSchema,
  size: z.number().int().min(0),
  urls: z.array(z.string()).optional(),
});

/** @see OCI image specification 1.1, image manifest and image index; the Docker ones of schema 2 have the same members */
const manifestSchema = z.object({
  mediaType: z.string().optional(),
  manifests: z.array(descriptorSchema).max(1_000).optional(),
  config: descriptorSchema.optional(),
  layers: z.array(descriptorSchema).max(1_000).optional(),
  /** Of an artifact manifest, a form that came before referrers were images. */
  blobs: z.array(descriptorSchema).max(1_000).optional(),
  subject: descriptorSchema.optional(),
});

/** A piece of content that a manifest names. */
export type Descriptor = z.output<typeof descriptorSchema>;

/** A manifest with its bytes, which are what its digest is of. */
export interface Manifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
  /** The manifests that it names, where it is an index. */
  readonly manifests: readonly Descriptor[];
  /** The content that it names: configuration and layers. */
  readonly blobs: readonly Descriptor[];
  /** What it says something about, where it is a referrer. */
  readonly subject: Descriptor | undefined;
}

export const indexType = "application/vnd.oci.image.index.v1+json";

/** What may be asked for; anything else, such as Docker's schema 1, is not taken. */
export const manifestTypes = [
  indexType,
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.oci.artifact.manifest.v1+json",
];

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Reads a manifest. Throws a RegistryFailure for what is none. @param where for the message */
export function readManifest(bytes: Buffer, contentType: string | undefined, where: string): Manifest {
  const mediaType = contentType?.split(";")[0]?.trim() ?? "";
  const refuse = (why: string) =>
    new RegistryFailure(`${where} is no image that can be promoted: ${why}`, { retryable: false });
  if (!manifestTypes.includes(mediaType)) throw refuse(`its type is ${mediaType || "not said"}`);
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString("utf8"));
  } catch {
    throw refuse("it is not JSON");
  }
  const read = manifestSchema.safeParse(json);
  if (!read.success) throw refuse(`${read.error.issues[0]?.path.join(".")} ${read.error.issues[0]?.message}`);
  const { config, layers = [], blobs = [], manifests = [], subject } = read.data;
  const content = [...(config === undefined ? [] : [config]), ...layers, ...blobs];
  return {
    digest: digestOf(bytes),
    mediaType,
    bytes,
    manifests,
    blobs: content.filter((blob) => !isForeign(blob)),
    subject,
  };
}

/** An index that lists what refers to an image, for registries that do not list it themselves. */
export function referrersIndex(manifests: readonly object[]): Buffer {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests }));
}

/** Layers that may not be given on: registries do not have them, and clients get them elsewhere. */
function isForeign({ mediaType, urls }: Descriptor): boolean {
  return (urls?.length ?? 0) > 0 && /foreign|nondistributable/.test(mediaType);
}
