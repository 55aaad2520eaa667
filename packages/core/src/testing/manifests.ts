import { sha256Hex } from "../log/digest.ts";
import { type Manifest, manifestSchema } from "../release/manifest.ts";

/** The manifest of a release of `myapp`: one file of four bytes, and whatever else is given. */
export function manifestOf(version: string, more: Partial<Manifest> = {}): Manifest {
  const component = { name: "myapp", kind: "file", sha256: sha256Hex(version), size: 4, executable: true } as const;
  return manifestSchema.parse({ app: "myapp", version, components: [component], ...more });
}
