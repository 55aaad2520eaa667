import { z } from "zod";
import { canonicalJson } from "../log/canonical.ts";
import { sha256Hex } from "../log/digest.ts";
import { isVersion } from "./version.ts";

/** Names of applications, stages and components: they appear in paths, so nothing that a path could mean otherwise. */
export const nameSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,62}$/,
    "must be 1 to 63 lower-case letters, digits, dots, dashes or underscores, and begin with a letter or digit",
  )
  .refine((name) => !name.includes(".."), "must not contain two dots in a row");

export const digestSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/, "must be a SHA-256 digest: 64 lower-case hexadecimal digits");

export const versionSchema = z
  .string()
  .refine(isVersion, "must be a SemVer 2.0.0 version such as 2.4.1 or 2.5.0-beta.3 (without a leading v)");

/** `os-arch` as Node names them: `linux-x64`, `darwin-arm64`. */
export const platformSchema = z.string().regex(/^[a-z0-9]+-[a-z0-9_]+$/, "must be OS-ARCH, for example linux-x64");

export const componentSchema = z
  .strictObject({
    name: nameSchema,
    /**
     * `file`: one file, installed under its name. `folder`: a tar archive, unpacked into a folder of the component's name.
     * `image`: a container image in a registry, of which clients install nothing.
     */
    kind: z.enum(["file", "folder", "image"]),
    /** Of the content; of an image, the digest of its manifest or index. */
    sha256: digestSchema,
    /** bytes; of an image, of its manifest or index. */
    size: z.number().int().min(0),
    /** Only for `image`, and there always: where it was when it was published, `registry.example/shop/frontend`. */
    repository: z
      .string()
      .max(500)
      .regex(/^[A-Za-z0-9.:[\]-]+(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+$/, "must be REGISTRY/REPOSITORY")
      .optional(),
    /** Only for `file`: whether it may be executed. */
    executable: z.boolean().optional(),
    /** Where this component runs; absent: everywhere. */
    platform: platformSchema.optional(),
  })
  .refine(({ kind, repository }) => (kind === "image") === (repository !== undefined), {
    path: ["repository"],
    error: "must be there for an image, and for nothing else",
  });

export const compatibilitySchema = z.record(
  z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/),
  z.array(z.string().min(1).max(100)).min(1).max(50),
);

/** What a publisher says of a release. */
export const manifestSchema = z.strictObject({
  app: nameSchema,
  version: versionSchema,
  components: z
    .array(componentSchema)
    .min(1)
    .max(100)
    .refine(
      (all) => new Set(all.map((c) => `${c.name} ${c.platform ?? ""}`)).size === all.length,
      "must not name a component twice for one platform",
    ),
  /** A client below this version must first go to a release between: a stepping stone. */
  minimumVersion: versionSchema.optional(),
  /** Clients below this release must take it. */
  mandatory: z.boolean().optional(),
  /** How long a client may put a mandatory release off, s; absent: until its next maintenance window. */
  mandatoryWithinSeconds: z.int().min(0).max(31_536_000).optional(),
  /** Attribute of the client → version ranges, one of which must hold: `{ "database": ["PostgreSQL 14+", "15"] }`. */
  compatibility: compatibilitySchema.optional(),
  /** Markdown. */
  notes: z.string().max(100_000).optional(),
  /** The source commit it was built from. */
  commit: z
    .string()
    .regex(/^[0-9a-f]{7,64}$/)
    .optional(),
});

export type Component = z.infer<typeof componentSchema>;
export type Manifest = z.infer<typeof manifestSchema>;

/** The bytes of a manifest as they are signed and served: RFC 8785. */
export function manifestBytes(manifest: Manifest): string {
  return canonicalJson(manifest);
}

/** What makes a release the same release: SHA-256 of its canonical manifest, which names every component's digest. */
export function manifestDigest(manifest: Manifest): string {
  return sha256Hex(manifestBytes(manifest));
}

/**
 * The platforms a release can run on; an empty list means every platform. One that has a component for some platforms runs
 * on those alone: elsewhere a client would install the rest without it.
 */
export function platformsOf(manifest: Manifest): string[] {
  const named = manifest.components.flatMap((c) => (c.platform === undefined ? [] : [c.platform]));
  return [...new Set(named)].sort();
}

/** The components of a release that a client of the given platform installs: no images. */
export function componentsFor(manifest: Manifest, platform: string | undefined): Component[] {
  return manifest.components.filter((c) => c.kind !== "image" && (c.platform === undefined || c.platform === platform));
}
