import type { Manifest } from "../../release/manifest.ts";
import type { FactOf } from "./fact-of.ts";

/** What happens to releases themselves. */
export type ReleaseFact =
  | FactOf<"ReleasePublished", { readonly manifest: Manifest; readonly digest: string }>
  | FactOf<"ReleaseWithdrawn", { readonly version: string; readonly reason: string }>
  /** `versions`: the releases that contain it and so were withdrawn with it; none that contains it is published afterwards. */
  | FactOf<
      "ArtifactWithdrawn",
      { readonly sha256: string; readonly reason: string; readonly by: string; readonly versions: readonly string[] }
    >;
