import type { Pipeline } from "../../pipeline/schema.ts";
import type { Policy } from "../../policy/schema.ts";
import type { FactOf } from "./fact-of.ts";

/** What an application's promotions have to follow. */
export type PipelineFact =
  | FactOf<"PipelineApplied", { readonly pipeline: Pipeline; readonly source: string; readonly digest: string }>
  /** A policy of the server's log holds here. `revision`: number of the event there that says so. */
  | FactOf<
      "PolicyAdopted",
      { readonly name: string; readonly revision: number; readonly by: string; readonly policy: Policy }
    >
  | FactOf<"PolicyDropped", { readonly name: string; readonly revision: number; readonly by: string }>;
