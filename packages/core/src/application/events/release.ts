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
    >
  /**
   * What a pipeline subscribes to cannot be read, or a tag of a published version is something else by now. `version` absent: it
   * is about the whole of `source`.
   */
  | FactOf<"DiscoveryProblemFound", { readonly source: string; readonly version?: string; readonly reason: string }>;
